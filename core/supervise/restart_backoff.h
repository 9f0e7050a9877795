#pragma once

#include <cstddef>
#include <cstdint>

namespace brink::supervise {

/// When to start something again that keeps failing: the first few times at once, then after pauses
/// that double, until it succeeds or has not failed for a minute. Pure: times are given, in the
/// loop's milliseconds.
class RestartBackoff {
 public:
  void failed(std::uint64_t now_ms);
  void succeeded() { *this = {}; }

  /// How long to wait before the next start; 0: start now.
  std::uint64_t pause_ms(std::uint64_t now_ms) const {
    return now_ms < not_before_ms_ ? not_before_ms_ - now_ms : 0;
  }
  std::size_t failures() const { return failures_; }

 private:
  std::size_t failures_ = 0;
  std::uint64_t last_failure_ms_ = 0;
  std::uint64_t not_before_ms_ = 0;
};

/// Bounds how often an app gets a new worker, each of which costs a fork: requests that end their
/// worker, as fast as someone likes to send them, must not take a core from others. The app's own
/// requests wait for the next worker. Pure, as above.
class StartPace {
 public:
  bool may_start(std::uint64_t now_ms) const { return due_ms_ <= now_ms + kBurst * kEvery_ms; }
  void started(std::uint64_t now_ms) {
    due_ms_ = (due_ms_ > now_ms ? due_ms_ : now_ms) + kEvery_ms;
  }

 private:
  static constexpr std::uint64_t kEvery_ms = 50;
  static constexpr std::uint64_t kBurst = 10;
  std::uint64_t due_ms_ = 0;
};

}  // namespace brink::supervise
