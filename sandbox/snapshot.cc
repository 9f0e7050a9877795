#include "sandbox/snapshot.h"

#include <v8.h>

#include <memory>

#include "sandbox/script_error.h"

namespace brink::sandbox {
namespace {

v8::MaybeLocal<v8::String> utf8(v8::Isolate* isolate, std::string_view text) {
  return v8::String::NewFromUtf8(isolate, text.data(), v8::NewStringType::kNormal,
                                 static_cast<int>(text.size()));
}

}  // namespace

v8::MaybeLocal<v8::Object> run_bundle(v8::Local<v8::Context> context, std::string_view bundle,
                                      BindingList bindings) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::Object> natives;
  v8::Local<v8::String> source, name, parameter;
  const std::string body = std::string(bundle) + "\nreturn __brink_main.default(natives);";
  if (!make_natives(context, bindings).ToLocal(&natives) || !utf8(isolate, body).ToLocal(&source) ||
      !utf8(isolate, "brink:stdlib").ToLocal(&name) ||
      !utf8(isolate, "natives").ToLocal(&parameter)) {
    return {};
  }
  v8::ScriptCompiler::Source unit(source, v8::ScriptOrigin(name));
  v8::Local<v8::Function> function;
  v8::Local<v8::Value> argument = natives, callbacks;
  if (!v8::ScriptCompiler::CompileFunction(context, &unit, 1, &parameter).ToLocal(&function) ||
      !function->Call(context, v8::Undefined(isolate), 1, &argument).ToLocal(&callbacks)) {
    return {};
  }
  if (!callbacks->IsObject()) {
    isolate->ThrowException(v8::Exception::TypeError(v8::String::NewFromUtf8Literal(
        isolate, "the bundle does not return the callbacks object")));
    return {};
  }
  return callbacks.As<v8::Object>();
}

Result<std::string> create_snapshot(std::string_view bundle, BindingList bindings) {
  const std::vector<std::intptr_t> references = external_references(bindings);
  std::unique_ptr<v8::ArrayBuffer::Allocator> allocator(
      v8::ArrayBuffer::Allocator::NewDefaultAllocator());
  v8::Isolate::CreateParams params;
  params.array_buffer_allocator = allocator.get();
  params.external_references = references.data();
  v8::SnapshotCreator creator(params);
  v8::Isolate* isolate = creator.GetIsolate();
  {
    v8::HandleScope scope(isolate);
    v8::Local<v8::Context> context = v8::Context::New(isolate);
    v8::Context::Scope entered(context);
    v8::TryCatch catcher(isolate);
    v8::Local<v8::Object> callbacks;
    if (!run_bundle(context, bundle, bindings).ToLocal(&callbacks)) {
      const ScriptError error = describe_error(context, catcher.Exception(), catcher.Message());
      return fail(ErrorCode::kInternal, "js-stdlib failed: " + error.message + " (" + error.path +
                                            ":" + std::to_string(error.line) + ":" +
                                            std::to_string(error.column) + ")\n" + error.stack);
    }
    isolate->PerformMicrotaskCheckpoint();
    if (creator.AddData(context, callbacks) != kCallbacksData) {
      return fail(ErrorCode::kInternal,
                  "the callbacks object is not the first data of the snapshot");
    }
    creator.SetDefaultContext(context);
  }
  const v8::StartupData blob = creator.CreateBlob(v8::SnapshotCreator::FunctionCodeHandling::kKeep);
  if (blob.data == nullptr) return fail(ErrorCode::kInternal, "V8 could not write the snapshot");
  std::string bytes(blob.data, static_cast<std::size_t>(blob.raw_size));
  delete[] blob.data;
  return bytes;
}

}  // namespace brink::sandbox
