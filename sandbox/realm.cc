#include "sandbox/realm.h"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "sandbox/context_rules.h"
#include "sandbox/snapshot.h"

namespace brink::sandbox {

std::unique_ptr<Realm> Realm::make(v8::Isolate* isolate, const AppModules& modules,
                                   const Clock& clock) {
  v8::Local<v8::Context> context = v8::Context::New(isolate);
  if (context.IsEmpty()) return nullptr;
  return std::unique_ptr<Realm>(new Realm(isolate, context, modules, clock));
}

Realm::Realm(v8::Isolate* isolate, v8::Local<v8::Context> context, const AppModules& modules,
             const Clock& clock)
    : isolate_(isolate),
      context_(isolate, context),
      modules_(modules),
      began_ms_(clock.now_ms()),
      began_unix_ms_(clock.unix_ms()) {
  context->SetAlignedPointerInEmbedderData(kRealmData, this);
  const v8::Context::Scope entered(context);
  if (!restrict_context(context)) {
    std::fputs("brink-worker: a context of V8's is not as expected\n", stderr);
    ::_exit(1);
  }
  v8::Local<v8::Object> callbacks;
  std::string missing = "(all)";
  if (!context->GetDataFromSnapshotOnce<v8::Object>(kCallbacksData).ToLocal(&callbacks) ||
      !callbacks_.load(context, callbacks, missing)) {
    std::fprintf(stderr, "brink-worker: the snapshot lacks the callback %s\n", missing.c_str());
    ::_exit(1);
  }
}

Realm::~Realm() {
  const v8::HandleScope scope(isolate_);
  v8::Local<v8::Context> context = context_.Get(isolate_);
  context->SetAlignedPointerInEmbedderData(kRealmData, nullptr);
  context->SetAbortScriptExecution([](v8::Isolate*, v8::Local<v8::Context>) {});
  const v8::Context::Scope entered(context);
  isolate_->ContextDisposedNotification();  // cancels the finalizers that are due in it
}

}  // namespace brink::sandbox
