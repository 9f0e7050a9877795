// Timers and clocks.
#include <cmath>

#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

// High Resolution Time 10.1: coarse enough to be of little use to a timing attack.
double coarse(double ms) { return std::floor(ms * 10) / 10; }

/// The realm of the caller; nullptr: it has ended, or a TypeError is thrown.
sandbox::Realm* realm_of(const Info& info) {
  return worker_of(info) == nullptr ? nullptr : sandbox::Realm::current(info.GetIsolate());
}

void timer_start(const Info& info) {
  sandbox::Realm* realm = realm_of(info);
  if (realm == nullptr) return;
  const double delay_ms = info[1]->IsNumber() ? info[1].As<v8::Number>()->Value() : 0;
  const sandbox::Worker& worker = *sandbox::Worker::of(info.GetIsolate());
  const std::uint32_t request = worker.current_request();
  const bool fits = realm->timers().count(request) < worker.limits().timers;
  if (fits) {
    realm->timers().start(uint32_argument(info, 0), delay_ms, request, worker.clock().now_ms());
  }
  info.GetReturnValue().Set(fits);
}

void timer_stop(const Info& info) {
  if (sandbox::Realm* realm = realm_of(info)) realm->timers().stop(uint32_argument(info, 0));
}

void now(const Info& info) {
  if (const sandbox::Realm* realm = realm_of(info)) {
    const sandbox::Clock& clock = sandbox::Worker::of(info.GetIsolate())->clock();
    info.GetReturnValue().Set(coarse(clock.now_ms() - realm->began_ms()));
  }
}

void time_origin(const Info& info) {
  if (const sandbox::Realm* realm = realm_of(info)) {
    info.GetReturnValue().Set(coarse(realm->began_unix_ms()));
  }
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
