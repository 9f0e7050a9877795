// Timers and clocks.
#include <cmath>

#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

// High Resolution Time 10.1: coarse enough to be of little use to a timing attack.
double coarse(double ms) { return std::floor(ms * 10) / 10; }

void timer_start(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr) return;
  const double delay_ms = info[1]->IsNumber() ? info[1].As<v8::Number>()->Value() : 0;
  worker->timers().start(uint32_argument(info, 0), delay_ms, worker->current_request());
}

void timer_stop(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker != nullptr) worker->timers().stop(uint32_argument(info, 0));
}

void now(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker != nullptr) {
    info.GetReturnValue().Set(coarse(sandbox::TimerQueue::now_ms() - worker->began_ms()));
  }
}

void time_origin(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker != nullptr) info.GetReturnValue().Set(coarse(worker->began_unix_ms()));
}

constexpr sandbox::NativeFunction kFunctions[] = {
    {"timerStart", timer_start},
    {"timerStop", timer_stop},
    {"now", now},
    {"timeOrigin", time_origin},
};

}  // namespace

sandbox::Binding timers_binding() { return {kFunctions}; }

}  // namespace brink::bindings
