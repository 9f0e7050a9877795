#pragma once

#include <functional>

#include "core/loop/event_loop.h"
#include "core/loop/handle_box.h"

namespace brink {

/// Calls back on the loop's thread when the process gets a signal. Owned by main(). It does not
/// keep run() going. The callback may destroy the watcher.
class SignalWatcher {
 public:
  SignalWatcher(EventLoop& loop, int signal_number, std::function<void()> callback);
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  HandleBox<uv_signal_t, int>* box_;
};

}  // namespace brink
