#pragma once

#include <v8.h>

#include <cstddef>
#include <cstdint>

#include "core/ipc/channel.h"
#include "sandbox/array_buffer_allocator.h"

namespace brink::sandbox {

/// Status of a worker that ends because of its app's memory limit.
inline constexpr int kMemoryExitStatus = 77;
/// Status of one that ends because V8 found itself in a state it should not be in.
inline constexpr int kEngineExitStatus = 79;

/// The memory limit of an app, on three levels:
///
/// 1. V8's heap may grow to the limit; at its end the running turn is terminated. ArrayBuffers that
///    do not fit next to the heap are refused with a RangeError.
/// 2. What V8 can't stop (one huge allocation) ends the process through its out-of-memory handlers,
///    and through the trap with which it ends where it has no handler.
/// 3. The kernel refuses private memory past the limit and some slack (RLIMIT_DATA): this also
///    bounds WebAssembly memories and what V8 allocates outside its heap.
///
/// An app that stays below the limit only because V8 collects garbage most of the time is past it,
/// too: nothing else runs any more. Its worker ends, and no request is to blame.
///
/// The isolate of a spare is made before its app, so before the limit, is known: it starts with
/// room for the largest limit and apply() lowers it. V8 has no call for that, but removing a
/// near-heap-limit callback takes a new limit. Measured: an isolate made anew for each limit costs
/// 3 ms more.
///
/// Main thread; lives as long as the isolate. One in a process.
class MemoryLimit {
 public:
  MemoryLimit(v8::Isolate* isolate, ArrayBufferAllocator& buffers, ipc::WorkerStatus& status);
  ~MemoryLimit();
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

  /// What an isolate that will get a limit later is made with.
  static void configure(v8::Isolate::CreateParams& params);

  /// Sets the app's limit, for heap and array buffers together. Once.
  void apply(std::size_t limit_bytes);

  /// The heap reached its limit in this turn, and the turn was terminated. The worker has to end.
  bool reached() const { return reached_; }

  /// There is next to nothing left before the kernel refuses memory. Any thread.
  bool at_fence() const;

  /// Heap and array buffers, garbage included, as a share of what they may have: the heap alone, or
  /// both together, whichever is nearer to its end. 0 without a limit.
  double used_share() const;

  /// Ends the process: the memory limit is the reason that the front will give. Any thread.
  [[noreturn]] void die() const;
  /// The same for a failed check of V8's.
  [[noreturn]] void die_of_engine() const;

 private:
  static std::size_t near_limit(void* self, std::size_t current, std::size_t initial);
  void fence(std::size_t limit_bytes);
  void collected(bool all_of_it);

  v8::Isolate* isolate_;
  ArrayBufferAllocator& buffers_;
  ipc::WorkerStatus& status_;
  std::size_t before_app_bytes_;
  std::size_t limit_bytes_ = 0;
  bool reached_ = false;
  int grace_left_ = 0;
  std::uint64_t collection_began_ns_ = 0;
  std::uint64_t window_began_ns_ = 0;
  std::uint64_t collecting_ns_ = 0;  // since then
};

}  // namespace brink::sandbox
