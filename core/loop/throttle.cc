#include "core/loop/throttle.h"

#include <utility>

namespace brink {

Throttle::Throttle(EventLoop& loop, std::uint64_t interval_ms,
                   std::function<void(std::uint64_t)> tell)
    : interval_ms_(interval_ms), tell_(std::move(tell)), timer_(loop, [this] {
        if (untold_ != 0) this->tell();
      }) {
  timer_.set_background(true);
}

Throttle::~Throttle() {
  if (untold_ != 0) tell_(untold_);
}

void Throttle::note(std::uint64_t times) {
  untold_ += times;
  if (untold_ != 0 && !timer_.active()) tell();
}

void Throttle::tell() {
  timer_.start(interval_ms_);
  tell_(std::exchange(untold_, 0));
}

}  // namespace brink
