#pragma once

#include <v8.h>

#include <cstdint>
#include <vector>

#include "sandbox/array_buffer_allocator.h"
#include "sandbox/natives.h"

namespace brink::sandbox {

/// The isolate of a worker, started from the snapshot. Main thread; made after the Engine, gone
/// before it.
class WorkerIsolate {
 public:
  /// The snapshot has to be of the same bindings; it and the tables outlive the isolate.
  WorkerIsolate(const v8::StartupData& snapshot, BindingList bindings);
  ~WorkerIsolate();
  WorkerIsolate(const WorkerIsolate&) = delete;
  WorkerIsolate& operator=(const WorkerIsolate&) = delete;

  v8::Isolate* get() const { return isolate_; }
  ArrayBufferAllocator& buffers() { return buffers_; }

 private:
  std::vector<std::intptr_t> references_;
  ArrayBufferAllocator buffers_;
  v8::Isolate* isolate_ = nullptr;
};

}  // namespace brink::sandbox
