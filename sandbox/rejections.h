#pragma once

#include <v8.h>

#include <cstdint>
#include <vector>

namespace brink::sandbox {

/// Promises that were rejected while nobody handled them. A handler may still come before the
/// microtasks are drained, so they are reported afterwards. Main thread, as long as the isolate.
class Rejections {
 public:
  struct Rejection {
    v8::Global<v8::Promise> promise;
    v8::Global<v8::Value> reason;
    std::uint32_t request = 0;  ///< that was current when it happened
  };

  /// From V8's PromiseRejectCallback.
  void record(const v8::PromiseRejectMessage& message, std::uint32_t request);
  bool empty() const { return pending_.empty(); }
  std::vector<Rejection> take() { return std::exchange(pending_, {}); }

 private:
  std::vector<Rejection> pending_;
};

}  // namespace brink::sandbox
