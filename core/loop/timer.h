#pragma once

#include <cstdint>
#include <functional>

#include "core/loop/event_loop.h"
#include "core/loop/handle_box.h"

namespace brink {

/// One timer with one callback. Owned by whoever waits; used on the loop's thread. The callback may
/// start, stop or destroy the timer. For thousands of deadlines see http/deadline_list.h.
class Timer {
 public:
  Timer(EventLoop& loop, std::function<void()> callback);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Fires after `delay_ms`, then every `repeat_ms` (0: once). Starting again replaces the
  /// deadline.
  void start(std::uint64_t delay_ms, std::uint64_t repeat_ms = 0);
  void stop();
  bool active() const;
  /// A timer in the background does not keep run() going.
  void set_background(bool background);

 private:
  HandleBox<uv_timer_t>* box_;
};

}  // namespace brink
