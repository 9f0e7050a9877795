#pragma once

#include <v8.h>

#include "sandbox/engine.h"
#include "sandbox/isolate.h"
#include "sandbox/natives.h"

namespace brink::sandbox {

/// V8 as every worker begins with it: running, with an isolate from the snapshot. No code has run
/// in it. The zygote makes one and forks it again and again, so a worker has its isolate at once,
/// and what it does not change stays the zygote's memory. Main thread; outlives the worker.
///
/// Forks share the seed of V8's hashes and where its memory is. They do not share what
/// Math.random() gives: V8 makes the isolate's generator of random numbers with its first context,
/// which is why each worker makes its own.
class V8Start {
 public:
  /// The snapshot has to be of the same bindings; it and the tables outlive this.
  V8Start(const v8::StartupData& snapshot, BindingList bindings) : isolate_(snapshot, bindings) {}
  V8Start(const V8Start&) = delete;
  V8Start& operator=(const V8Start&) = delete;

  Engine& engine() { return engine_; }
  const Engine& engine() const { return engine_; }
  v8::Isolate* isolate() const { return isolate_.get(); }
  ArrayBufferAllocator& buffers() { return isolate_.buffers(); }

  /// From now on a fork gets V8's memory. V8 keeps it from forks (MADV_DONTFORK), as most of them
  /// only execute another program. Ends the process when it can't be had.
  static void allow_fork();

 private:
  Engine engine_;
  WorkerIsolate isolate_;
};

}  // namespace brink::sandbox
