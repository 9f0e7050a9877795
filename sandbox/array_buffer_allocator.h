#pragma once

#include <v8-array-buffer.h>

#include <cstddef>
#include <cstdint>

namespace brink::sandbox {

/// Memory of ArrayBuffers, counted against the app's memory limit together with V8's heap. What
/// does not fit is a RangeError in JavaScript, after V8 tried to collect garbage. Main thread;
/// lives as long as the isolate.
class ArrayBufferAllocator final : public v8::ArrayBuffer::Allocator {
 public:
  void* Allocate(std::size_t length) override;
  void* AllocateUninitialized(std::size_t length) override;
  void Free(void* data, std::size_t length) override;

  /// The isolate whose heap shares the limit.
  void limit(v8::Isolate* isolate, std::size_t limit_bytes);

  std::size_t used_bytes() const { return used_bytes_; }
  /// Allocations refused so far: who compares it before and after knows whether it happened
  /// between.
  std::uint64_t refusals() const { return refusals_; }

 private:
  bool admit(std::size_t length);

  v8::Isolate* isolate_ = nullptr;
  std::size_t limit_bytes_ = SIZE_MAX;
  std::size_t used_bytes_ = 0;
  std::size_t heap_bytes_ = 0;       // of the isolate, as it was when last asked for
  std::size_t unchecked_bytes_ = 0;  // allocated since then
  std::uint64_t refusals_ = 0;
};

}  // namespace brink::sandbox
