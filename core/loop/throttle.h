#pragma once

#include <cstdint>
#include <functional>

#include "core/loop/timer.h"

namespace brink {

/// Says that something happened: at once, and then at most once in each interval while it goes on.
/// For log lines about what a client or a full disk can make happen without end. On the loop's
/// thread.
class Throttle {
 public:
  /// `tell`: with how often it happened since it was told last; at least 1.
  Throttle(EventLoop& loop, std::uint64_t interval_ms, std::function<void(std::uint64_t)> tell);
  /// Tells what is left.
  ~Throttle();

  void note(std::uint64_t times = 1);

 private:
  void tell();

  const std::uint64_t interval_ms_;
  const std::function<void(std::uint64_t)> tell_;
  std::uint64_t untold_ = 0;
  Timer timer_;
};

}  // namespace brink
