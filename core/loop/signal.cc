#include "core/loop/signal.h"

#include <utility>

namespace brink {

SignalWatcher::SignalWatcher(EventLoop& loop, int signal_number, std::function<void()> callback)
    : box_(new HandleBox<uv_signal_t, int>([fn = std::move(callback)](int) { fn(); })) {
  uv_signal_init(loop.raw(), &box_->handle);
  uv_signal_start(&box_->handle, HandleBox<uv_signal_t, int>::call, signal_number);
  uv_unref(box_->base());
}

SignalWatcher::~SignalWatcher() { box_->close(); }

}  // namespace brink
