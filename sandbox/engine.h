#pragma once

#include <cstdint>
#include <memory>

#include "sandbox/clock.h"
#include "sandbox/platform.h"

namespace brink::sandbox {

/// V8 in this process: flags, ICU, platform. One for the life of a worker or of the snapshot
/// builder. Main thread.
///
/// Everything of V8 runs on the main thread (--single-threaded). Garbage collection and compilation
/// are then part of the CPU time of the script that causes them, a worker is two threads with the
/// watchdog, and nothing runs behind a script that was stopped.
class Engine {
 public:
  enum class Purpose : std::uint8_t {
    kWorker,
    /// Functions are compiled at once and not when first called: measured, a snapshot with all of
    /// js-stdlib compiled takes 1 ms off a worker's first request (1.4 to 0.5 ms) for 0.5 MiB.
    kSnapshot
  };

  explicit Engine(Purpose purpose = Purpose::kWorker);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Runs one task that V8 left for later; false: there was none.
  bool run_task(v8::Isolate* isolate) { return platform_->run_task(isolate); }
  Clock& clock() { return clock_; }
  const Clock& clock() const { return clock_; }

 private:
  Clock clock_;
  std::unique_ptr<Platform> platform_;
};

}  // namespace brink::sandbox
