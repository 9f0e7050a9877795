#pragma once

#include <v8-platform.h>

#include <memory>

#include "sandbox/clock.h"

namespace brink::sandbox {

/// V8's platform for one thread, with our clock for Date. `clock` outlives it.
class Platform final : public v8::Platform {
 public:
  explicit Platform(const Clock& clock);

  /// Runs one task that V8 left for later; false: there was none.
  bool run_task(v8::Isolate* isolate);

  double CurrentClockTimeMillis() override { return clock_.unix_ms(); }

  // Everything else is the default platform's.
  v8::PageAllocator* GetPageAllocator() override { return default_->GetPageAllocator(); }
  v8::ThreadIsolatedAllocator* GetThreadIsolatedAllocator() override {
    return default_->GetThreadIsolatedAllocator();
  }
  int NumberOfWorkerThreads() override { return default_->NumberOfWorkerThreads(); }
  std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate* isolate,
                                                          v8::TaskPriority priority) override {
    return default_->GetForegroundTaskRunner(isolate, priority);
  }
  bool IdleTasksEnabled(v8::Isolate* isolate) override {
    return default_->IdleTasksEnabled(isolate);
  }
  double MonotonicallyIncreasingTime() override { return default_->MonotonicallyIncreasingTime(); }
  v8::TracingController* GetTracingController() override {
    return default_->GetTracingController();
  }
  StackTracePrinter GetStackTracePrinter() override { return default_->GetStackTracePrinter(); }

 private:
  std::unique_ptr<v8::JobHandle> CreateJobImpl(v8::TaskPriority priority,
                                               std::unique_ptr<v8::JobTask> task,
                                               const v8::SourceLocation& location) override {
    return default_->CreateJob(priority, std::move(task), location);
  }
  void PostTaskOnWorkerThreadImpl(v8::TaskPriority priority, std::unique_ptr<v8::Task> task,
                                  const v8::SourceLocation& location) override {
    default_->PostTaskOnWorkerThread(priority, std::move(task), location);
  }
  void PostDelayedTaskOnWorkerThreadImpl(v8::TaskPriority priority, std::unique_ptr<v8::Task> task,
                                         double delay_in_seconds,
                                         const v8::SourceLocation& location) override {
    default_->PostDelayedTaskOnWorkerThread(priority, std::move(task), delay_in_seconds, location);
  }

  const Clock& clock_;
  std::unique_ptr<v8::Platform> default_;
};

}  // namespace brink::sandbox
