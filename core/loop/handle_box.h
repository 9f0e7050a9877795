#pragma once

#include <uv.h>

#include <functional>
#include <utility>

namespace brink {

/// A libuv handle and its callback on the heap: libuv needs the handle's memory until its close
/// callback, which comes after the owner is gone, and a callback may destroy its owner while it
/// runs. Made by one owner on the loop's thread; frees itself once close() has gone through.
template <typename Handle, typename... Args>
struct HandleBox {
  explicit HandleBox(std::function<void(Args...)> fn) : callback(std::move(fn)) {
    handle.data = this;
  }

  uv_handle_t* base() { return reinterpret_cast<uv_handle_t*>(&handle); }

  static void call(Handle* handle, Args... args) {
    auto* box = static_cast<HandleBox*>(handle->data);
    if (uv_is_closing(box->base()) == 0) box->callback(args...);
  }

  void close() {
    uv_close(base(), [](uv_handle_t* closed) { delete static_cast<HandleBox*>(closed->data); });
  }

  Handle handle;
  std::function<void(Args...)> callback;
};

}  // namespace brink
