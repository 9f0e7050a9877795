#pragma once

#include <functional>
#include <memory>

#include "core/loop/event_loop.h"

namespace brink {

/// Two functions called around the loop's sleep, for work that is cheaper in batches. Owned by
/// whoever batches; used on the loop's thread; must die before the loop. It does not keep the loop
/// running.
class TurnHooks {
 public:
  using Callback = std::function<void()>;

  /// `before_sleep`: every timer and deferred function of this turn has run. When it defers
  /// something, the loop does not sleep. `after_wake`: every I/O callback of this turn has run.
  /// Either may be empty.
  TurnHooks(EventLoop& loop, Callback before_sleep, Callback after_wake = {});
  /// May be called inside either callback: nothing further is called.
  ~TurnHooks();
  TurnHooks(const TurnHooks&) = delete;
  TurnHooks& operator=(const TurnHooks&) = delete;

 private:
  friend class EventLoop;
  void run_before_sleep();
  void run_after_wake();

  EventLoop& loop_;
  // Shared so that a callback that destroys its own TurnHooks does not destroy itself.
  std::shared_ptr<Callback> before_sleep_;
  std::shared_ptr<Callback> after_wake_;
};

}  // namespace brink
