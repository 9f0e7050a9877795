#include "core/http/deadline_list.h"

#include <algorithm>

namespace brink::http {

Deadline::~Deadline() { clear_deadline(); }

void Deadline::set_deadline(DeadlineList& list) {
  clear_deadline();
  list.push(*this);
}

void Deadline::clear_deadline() {
  if (list_ != nullptr) list_->remove(*this);
}

std::uint64_t Deadline::running_for_ms() const {
  return list_ == nullptr ? 0 : list_->loop_.now_ms() + list_->duration_ms_ - due_ms_;
}

DeadlineList::DeadlineList(EventLoop& loop, std::uint64_t duration_ms, std::uint64_t max_late_ms)
    : loop_(loop),
      duration_ms_(duration_ms),
      tick_ms_(std::clamp<std::uint64_t>(duration_ms / 8, 1, max_late_ms)),
      timer_(loop, [this] { fire_due(); }) {
  timer_.set_background(true);
}

DeadlineList::~DeadlineList() {
  while (first_ != nullptr) remove(*first_);
}

void DeadlineList::push(Deadline& deadline) {
  deadline.list_ = this;
  deadline.due_ms_ = loop_.now_ms() + duration_ms_;
  deadline.previous_ = last_;
  deadline.next_ = nullptr;
  (last_ == nullptr ? first_ : last_->next_) = &deadline;
  last_ = &deadline;
  // In step with other lists of this duration: they end the loop's sleep once, and not once each.
  if (!timer_.active()) timer_.start(tick_ms_ - loop_.now_ms() % tick_ms_, tick_ms_);
}

void DeadlineList::remove(Deadline& deadline) {
  (deadline.previous_ == nullptr ? first_ : deadline.previous_->next_) = deadline.next_;
  (deadline.next_ == nullptr ? last_ : deadline.next_->previous_) = deadline.previous_;
  deadline.list_ = nullptr;
  deadline.previous_ = deadline.next_ = nullptr;
}

void DeadlineList::fire_due() {
  // The timer stays on until it finds the list empty: requests come and go faster than it ticks.
  if (first_ == nullptr) return timer_.stop();
  while (first_ != nullptr && first_->due_ms_ <= loop_.now_ms()) fire_first();
}

bool DeadlineList::fire_first() {
  if (first_ == nullptr) return false;
  Deadline& due = *first_;
  remove(due);
  due.on_deadline();
  return true;
}

}  // namespace brink::http
