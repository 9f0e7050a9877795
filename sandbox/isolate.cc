#include "sandbox/isolate.h"

#include <unistd.h>

#include <cstdio>

#include "sandbox/memory_limit.h"
#include "sandbox/snapshot.h"

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
  isolate_->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
  v8::HandleScope scope(isolate_);
  v8::Local<v8::Context> context = v8::Context::New(isolate_);
  context->AllowCodeGenerationFromStrings(false);
  context->Enter();
  context_.Reset(isolate_, context);
  v8::Local<v8::Object> callbacks;
  std::string missing = "(all)";
  if (!context->GetDataFromSnapshotOnce<v8::Object>(kCallbacksData).ToLocal(&callbacks) ||
      !callbacks_.load(context, callbacks, missing)) {
    std::fprintf(stderr, "brink-worker: the snapshot lacks the callback %s\n", missing.c_str());
    ::_exit(1);
  }
}

WorkerIsolate::~WorkerIsolate() {
  {
    v8::HandleScope scope(isolate_);
    context()->Exit();
  }
  callbacks_ = {};
  context_.Reset();
  isolate_->Exit();
  isolate_->Dispose();
}

}  // namespace brink::sandbox
