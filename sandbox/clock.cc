#include "sandbox/clock.h"

#include <ctime>

namespace brink::sandbox {
namespace {

double read_ms(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace

Clock::Clock() : began_ms_(read_ms(CLOCK_MONOTONIC)) {}

double Clock::live_ms() const { return read_ms(CLOCK_MONOTONIC) - began_ms_; }

double Clock::unix_ms() const { return frozen_ ? unix_ms_ : read_ms(CLOCK_REALTIME); }

void Clock::look() {
  now_ms_ = live_ms();
  unix_ms_ = read_ms(CLOCK_REALTIME);
}

void Clock::freeze() {
  frozen_ = true;
  look();
}

}  // namespace brink::sandbox
