#include "core/loop/timer.h"

#include <utility>

namespace brink {

Timer::Timer(EventLoop& loop, std::function<void()> callback)
    : box_(new HandleBox<uv_timer_t>(std::move(callback))) {
  uv_timer_init(loop.raw(), &box_->handle);
}

Timer::~Timer() { box_->close(); }

void Timer::start(std::uint64_t delay_ms, std::uint64_t repeat_ms) {
  uv_timer_start(&box_->handle, HandleBox<uv_timer_t>::call, delay_ms, repeat_ms);
}

void Timer::stop() { uv_timer_stop(&box_->handle); }

bool Timer::active() const { return uv_is_active(box_->base()) != 0; }

void Timer::set_background(bool background) {
  if (background) {
    uv_unref(box_->base());
  } else {
    uv_ref(box_->base());
  }
}

}  // namespace brink
