#include "sandbox/timer_queue.h"

#include <algorithm>
#include <cmath>

namespace brink::sandbox {
namespace {
constexpr double kLongest_ms = 2147483647.0;  // as in the HTML standard's signed 32-bit timeout
}

void TimerQueue::start(std::uint32_t id, double delay_ms, std::uint32_t request, double now_ms) {
  stop(id);
  const double delay = std::isfinite(delay_ms) ? std::clamp(delay_ms, 0.0, kLongest_ms) : 0.0;
  const auto [place, added] = by_due_.insert({now_ms + delay, ++started_, {id, request}});
  by_id_.emplace(id, place);
  ++count_by_request_[request];
}

std::size_t TimerQueue::count(std::uint32_t request) const {
  const auto found = count_by_request_.find(request);
  return found == count_by_request_.end() ? 0 : found->second;
}

void TimerQueue::remove(std::set<Entry>::iterator entry) {
  const auto count = count_by_request_.find(entry->timer.request);
  if (--count->second == 0) count_by_request_.erase(count);
  by_due_.erase(entry);
}

void TimerQueue::stop(std::uint32_t id) {
  const auto known = by_id_.find(id);
  if (known == by_id_.end()) return;
  remove(known->second);
  by_id_.erase(known);
}

void TimerQueue::drop_request(std::uint32_t request) {
  if (!count_by_request_.contains(request)) return;
  std::erase_if(by_id_, [&](const auto& entry) {
    if (entry.second->timer.request != request) return false;
    remove(entry.second);
    return true;
  });
}

std::optional<double> TimerQueue::next_due_ms() const {
  if (by_due_.empty()) return std::nullopt;
  return by_due_.begin()->due_ms;
}

std::optional<TimerQueue::Timer> TimerQueue::take_due(double now_ms) {
  if (by_due_.empty() || by_due_.begin()->due_ms > now_ms) return std::nullopt;
  const Timer timer = by_due_.begin()->timer;
  by_id_.erase(timer.id);
  remove(by_due_.begin());
  return timer;
}

}  // namespace brink::sandbox
