#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>

#include "core/base/result.h"

namespace brink::supervise {

class Worker;

/// Requests of one app that wait for a worker, oldest first. Owned by the pool, on the loop's
/// thread.
class WaitingQueue {
 public:
  /// With a worker, or with the reason why there is none.
  using Ready = std::function<void(Result<Worker*>)>;

  /// Returns a ticket for cancel().
  std::uint64_t add(std::uint64_t now_ms, Ready ready);
  void cancel(std::uint64_t ticket);

  /// Gives the worker to those that wait, oldest first, while it takes calls.
  void give(Worker& worker);
  /// Tells those that have waited too long.
  void expire(std::uint64_t now_ms);
  /// Tells all.
  void refuse(const Error& error);

  bool empty() const { return waiting_.empty() && refused_.empty(); }
  /// Those that a worker is wanted for.
  std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    std::uint64_t ticket;
    std::uint64_t deadline_ms;
    Ready ready;
  };
  static Ready take_first(std::deque<Waiting>& queue);

  std::deque<Waiting> waiting_;
  std::deque<Waiting> refused_;  // came when too many waited; told by expire()
  std::uint64_t last_ticket_ = 0;
};

}  // namespace brink::supervise
