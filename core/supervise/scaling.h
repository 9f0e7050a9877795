#pragma once

#include <cstddef>
#include <cstdint>

namespace brink::supervise {

/// How many workers an app should have. It grows by one when even the least busy worker leaves
/// requests unread for a while: then the workers' CPU time is what is short, and not an answer that
/// scripts wait for. It shrinks when a worker had no request for long. Growing takes milliseconds
/// of delay and shrinking a minute without work, so it does not swing. Pure: no clock, no workers.
class Scaling {
 public:
  /// An app's workers at one moment.
  struct Load {
    std::size_t serving = 0;
    std::size_t starting = 0;
    /// Requests that no worker has yet.
    std::size_t waiting = 0;
    /// Age of the oldest unread request of the worker where that is least; 0: one keeps up.
    std::uint64_t delay_ms = 0;
  };

  /// `min` <= `max`, `max` at least 1.
  Scaling(std::size_t min, std::size_t max) : min_(min), max_(max), target_(min) {}

  std::size_t target() const { return target_; }
  void look_at(const Load& load, std::uint64_t now_ms);
  /// Is one of this many serving workers, without a request for `idle_ms`, one too many?
  bool may_stop(std::size_t serving, std::uint64_t idle_ms, std::uint64_t keep_ms) const {
    return serving > min_ && idle_ms >= keep_ms;
  }
  /// A worker was stopped because of may_stop().
  void stopped();
  /// A worker could not be started: the next one is for a request that waits.
  void failed() { target_ = min_; }

 private:
  std::size_t min_;
  std::size_t max_;
  std::size_t target_;
  std::uint64_t grow_not_before_ms_ = 0;
};

}  // namespace brink::supervise
