#include "sandbox/context_rules.h"

namespace brink::sandbox {
namespace {

// The getter of WebAssembly.Memory.prototype.buffer; the original one is its data.
void get_buffer(const v8::FunctionCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Value> buffer;
  if (!info.Data()
           .As<v8::Function>()
           ->Call(isolate->GetCurrentContext(), info.This(), 0, nullptr)
           .ToLocal(&buffer)) {
    return;
  }
  if (buffer->IsSharedArrayBuffer()) {
    isolate->ThrowException(v8::Exception::TypeError(v8::String::NewFromUtf8Literal(
        isolate, "the buffer of a shared WebAssembly.Memory is not available in brink")));
    return;
  }
  info.GetReturnValue().Set(buffer);
}

v8::MaybeLocal<v8::Object> member(v8::Local<v8::Context> context, v8::Local<v8::Object> object,
                                  const char* name) {
  v8::Local<v8::String> key;
  v8::Local<v8::Value> value;
  if (!v8::String::NewFromUtf8(v8::Isolate::GetCurrent(), name).ToLocal(&key) ||
      !object->Get(context, key).ToLocal(&value) || !value->IsObject()) {
    return {};
  }
  return value.As<v8::Object>();
}

// The one way to a SharedArrayBuffer that is left without its constructor. V8 has no flag for it.
bool hide_shared_buffers(v8::Local<v8::Context> context) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::String> name = v8::String::NewFromUtf8Literal(isolate, "buffer");
  v8::Local<v8::Object> wasm, memory, prototype, descriptor, original;
  v8::Local<v8::Value> described;
  v8::Local<v8::Function> getter;
  if (!member(context, context->Global(), "WebAssembly").ToLocal(&wasm) ||
      !member(context, wasm, "Memory").ToLocal(&memory) ||
      !member(context, memory, "prototype").ToLocal(&prototype) ||
      !prototype->GetOwnPropertyDescriptor(context, name).ToLocal(&described) ||
      !described->IsObject() ||
      !member(context, described.As<v8::Object>(), "get").ToLocal(&original) ||
      !original->IsFunction() ||
      !v8::Function::New(context, get_buffer, original, 0, v8::ConstructorBehavior::kThrow)
           .ToLocal(&getter)) {
    return false;
  }
  getter->SetName(v8::String::NewFromUtf8Literal(isolate, "get buffer"));
  v8::PropertyDescriptor replaced(getter, v8::Undefined(isolate));
  return prototype->DefineProperty(context, name, replaced).FromMaybe(false);
}

}  // namespace

bool restrict_context(v8::Local<v8::Context> context) {
  context->AllowCodeGenerationFromStrings(false);
  context->SetErrorMessageForCodeGenerationFromStrings(v8::String::NewFromUtf8Literal(
      v8::Isolate::GetCurrent(),
      "eval() and functions made of strings are off; \"allow_eval\": true in brink.json allows "
      "them"));
  return hide_shared_buffers(context);
}

}  // namespace brink::sandbox
