#include "sandbox/isolate.h"

#include "sandbox/memory_limit.h"

namespace brink::sandbox {

WorkerIsolate::WorkerIsolate(const v8::StartupData& snapshot, BindingList bindings)
    : references_(external_references(bindings)) {
  v8::Isolate::CreateParams params;
  params.snapshot_blob = &snapshot;
  params.array_buffer_allocator = &buffers_;
  params.external_references = references_.data();
  params.allow_atomics_wait = false;
  MemoryLimit::configure(params);
  isolate_ = v8::Isolate::New(params);
  isolate_->Enter();
  // Finds the machine's time zone now: later, /etc/localtime is out of reach.
  isolate_->DateTimeConfigurationChangeNotification(v8::Isolate::TimeZoneDetection::kRedetect);
  isolate_->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
}

WorkerIsolate::~WorkerIsolate() {
  isolate_->Exit();
  isolate_->Dispose();
}

}  // namespace brink::sandbox
