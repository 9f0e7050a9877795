#include "core/loop/turn_hooks.h"

#include <utility>

namespace brink {
namespace {

std::shared_ptr<TurnHooks::Callback> share(TurnHooks::Callback callback) {
  if (!callback) return nullptr;
  return std::make_shared<TurnHooks::Callback>(std::move(callback));
}

}  // namespace

TurnHooks::TurnHooks(EventLoop& loop, Callback before_sleep, Callback after_wake)
    : loop_(loop),
      before_sleep_(share(std::move(before_sleep))),
      after_wake_(share(std::move(after_wake))) {
  loop_.add_hooks(this);
}

TurnHooks::~TurnHooks() { loop_.remove_hooks(this); }

// A copy: the callback may destroy the TurnHooks, and would destroy itself with it.
void TurnHooks::run_before_sleep() {
  if (const auto callback = before_sleep_) (*callback)();
}

void TurnHooks::run_after_wake() {
  if (const auto callback = after_wake_) (*callback)();
}

}  // namespace brink
