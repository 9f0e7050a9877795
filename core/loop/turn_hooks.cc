#include "core/loop/turn_hooks.h"

#include <utility>

namespace brink {
namespace {

std::shared_ptr<TurnHooks::Callback> share(TurnHooks::Callback callback) {
  if (!callback) return nullptr;
  return std::make_shared<TurnHooks::Callback>(std::move(callback));
}

void call(const std::shared_ptr<TurnHooks::Callback>& callback) {
  // The callback may destroy the TurnHooks that holds it.
  const std::shared_ptr<TurnHooks::Callback> kept = callback;
  if (kept) (*kept)();
}

}  // namespace

TurnHooks::TurnHooks(EventLoop& loop, Callback before_sleep, Callback after_wake)
    : loop_(loop),
      before_sleep_(share(std::move(before_sleep))),
      after_wake_(share(std::move(after_wake))) {
  loop_.add_hooks(this);
}

TurnHooks::~TurnHooks() { loop_.remove_hooks(this); }

void TurnHooks::run_before_sleep() { call(before_sleep_); }
void TurnHooks::run_after_wake() { call(after_wake_); }

}  // namespace brink
