#include "core/supervise/waiting_queue.h"

#include <utility>

#include "core/supervise/worker.h"

namespace brink::supervise {
namespace {

constexpr std::uint64_t kMaxWait_ms = 10'000;
constexpr std::size_t kMaxWaiting = 4096;

}  // namespace

std::uint64_t WaitingQueue::add(std::uint64_t now_ms, Ready ready) {
  const std::uint64_t ticket = ++last_ticket_;
  // One too many is told at the next look, as everybody is: never before this returns.
  const bool crowded = waiting_.size() >= kMaxWaiting;
  Waiting waiting{ticket, crowded ? 0 : now_ms + kMaxWait_ms, std::move(ready)};
  if (crowded)
    waiting_.push_front(std::move(waiting));
  else
    waiting_.push_back(std::move(waiting));
  return ticket;
}

void WaitingQueue::cancel(std::uint64_t ticket) {
  std::erase_if(waiting_, [ticket](const Waiting& w) { return w.ticket == ticket; });
}

WaitingQueue::Ready WaitingQueue::take_first() {
  Ready ready = std::move(waiting_.front().ready);
  waiting_.pop_front();
  return ready;
}

void WaitingQueue::give(Worker& worker) {
  while (!waiting_.empty() && worker.state() == Worker::State::kServing) take_first()(&worker);
}

void WaitingQueue::expire(std::uint64_t now_ms) {
  while (!waiting_.empty() && waiting_.front().deadline_ms <= now_ms) {
    take_first()(fail(ErrorCode::kWorkerUnavailable, "no worker became ready in time"));
  }
}

void WaitingQueue::refuse(const Error& error) {
  // Only those that wait now: an answer may make another request wait.
  for (std::size_t left = waiting_.size(); left > 0 && !waiting_.empty(); --left) {
    take_first()(std::unexpected(error));
  }
}

}  // namespace brink::supervise
