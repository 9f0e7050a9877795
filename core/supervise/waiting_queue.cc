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
  // One too many is refused from expire(), never before this returns.
  std::deque<Waiting>& queue = waiting_.size() >= kMaxWaiting ? refused_ : waiting_;
  queue.push_back({ticket, now_ms + kMaxWait_ms, std::move(ready)});
  return ticket;
}

void WaitingQueue::cancel(std::uint64_t ticket) {
  const auto is_it = [ticket](const Waiting& waiting) { return waiting.ticket == ticket; };
  if (std::erase_if(waiting_, is_it) == 0) std::erase_if(refused_, is_it);
}

WaitingQueue::Ready WaitingQueue::take_first(std::deque<Waiting>& queue) {
  Ready ready = std::move(queue.front().ready);
  queue.pop_front();
  return ready;
}

void WaitingQueue::give(Worker& worker) {
  while (!waiting_.empty() && worker.takes_calls()) take_first(waiting_)(&worker);
}

void WaitingQueue::expire(std::uint64_t now_ms) {
  // Only those that are there now: an answer may make another request wait.
  for (std::size_t left = refused_.size(); left > 0 && !refused_.empty(); --left) {
    take_first(refused_)(
        fail(ErrorCode::kWorkerUnavailable, "too many requests wait for a worker"));
  }
  while (!waiting_.empty() && waiting_.front().deadline_ms <= now_ms) {
    take_first(waiting_)(fail(ErrorCode::kWorkerUnavailable, "no worker became ready in time"));
  }
}

void WaitingQueue::refuse(const Error& error) {
  // Only those that wait now: an answer may make another request wait.
  for (std::size_t left = waiting_.size(); left > 0 && !waiting_.empty(); --left) {
    take_first(waiting_)(std::unexpected(error));
  }
}

}  // namespace brink::supervise
