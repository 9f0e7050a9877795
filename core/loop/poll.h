#pragma once

#include <functional>
#include <memory>

#include "core/base/result.h"
#include "core/loop/event_loop.h"
#include "core/loop/handle_box.h"

namespace brink {

/// Says when a descriptor (eventfd, pidfd, socket) is readable or at its end. Owned by whoever owns
/// the descriptor, used on the loop's thread; must die before the descriptor is closed.
class FdWatcher {
 public:
  /// Watches `fd`, which becomes non-blocking and stays the caller's. The callback comes once per
  /// turn while there is something to read; it may destroy the watcher. Error: kSystem, for a
  /// descriptor that can't be polled.
  static Result<std::unique_ptr<FdWatcher>> watch(EventLoop& loop, int fd,
                                                  std::function<void()> readable);
  ~FdWatcher();
  FdWatcher(const FdWatcher&) = delete;
  FdWatcher& operator=(const FdWatcher&) = delete;

  /// While paused, nothing is called.
  void pause();
  void resume();
  /// A watcher in the background does not keep run() going.
  void set_background(bool background);

 private:
  using Box = HandleBox<uv_poll_t, int, int>;
  explicit FdWatcher(Box* box) : box_(box) {}

  Box* box_;
};

}  // namespace brink
