#include "core/loop/poll.h"

#include <string>
#include <utility>

namespace brink {

Result<std::unique_ptr<FdWatcher>> FdWatcher::watch(EventLoop& loop, int fd,
                                                    std::function<void()> readable) {
  // Errors of the descriptor are readable too: the reader meets them in read().
  auto box = std::make_unique<Box>([fn = std::move(readable)](int, int) { fn(); });
  if (const int status = uv_poll_init(loop.raw(), &box->handle, fd); status != 0) {
    return fail(ErrorCode::kSystem,
                "cannot watch descriptor " + std::to_string(fd) + ": " + uv_strerror(status));
  }
  // uv_poll_init() may have reset it.
  box->handle.data = box.get();
  std::unique_ptr<FdWatcher> watcher(new FdWatcher(box.release()));
  watcher->resume();
  return watcher;
}

FdWatcher::~FdWatcher() { box_->close(); }

void FdWatcher::pause() { uv_poll_stop(&box_->handle); }

void FdWatcher::resume() { uv_poll_start(&box_->handle, UV_READABLE, Box::call); }

void FdWatcher::set_background(bool background) {
  if (background) {
    uv_unref(box_->base());
  } else {
    uv_ref(box_->base());
  }
}

}  // namespace brink
