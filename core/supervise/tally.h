#pragma once

#include <cstdint>
#include <functional>

#include "core/loop/event_loop.h"
#include "core/loop/timer.h"

namespace brink::supervise {

/// Counts what may happen thousands of times in a second, and has it told with one line: a second
/// after the first of them, and at its own end. On the loop's thread.
class Tally {
 public:
  Tally(EventLoop& loop, std::function<void(std::uint64_t count)> tell);
  ~Tally();
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  void add(std::uint64_t count = 1);

 private:
  void tell();

  std::function<void(std::uint64_t)> tell_;
  std::uint64_t count_ = 0;
  Timer timer_;
};

}  // namespace brink::supervise
