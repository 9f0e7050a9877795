#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "core/base/result.h"
#include "core/loop/event_loop.h"
#include "core/loop/poll.h"

namespace brink::load {

/// Wakes the loop at a moment to the microsecond; libuv's own timers have a grain of a millisecond.
/// On the loop's thread.
class DueTimer {
 public:
  static constexpr std::uint64_t kNever = UINT64_MAX;

  /// Error: kSystem.
  static Result<std::unique_ptr<DueTimer>> make(EventLoop& loop, std::function<void()> due);
  ~DueTimer();
  DueTimer(const DueTimer&) = delete;
  DueTimer& operator=(const DueTimer&) = delete;

  /// Calls `due` from `at_ns` on (of uv_hrtime()), once a turn until it is set to another time.
  void set(std::uint64_t at_ns);

 private:
  explicit DueTimer(int fd) : fd_(fd) {}

  const int fd_;
  std::uint64_t at_ns_ = kNever;
  std::unique_ptr<FdWatcher> watcher_;
};

}  // namespace brink::load
