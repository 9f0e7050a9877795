#include "sandbox/callbacks.h"

namespace brink::sandbox {
namespace {

constexpr std::array<const char*, static_cast<std::size_t>(Callback::kCount)> kNames{
    "dispatch",        "onAbort",       "onBody",       "onWindow",
    "onFetchResponse", "onFetchError",  "onTimer",      "onUnhandledRejection",
    "onRequestKilled", "registerEntry", "builtinModule"};

}  // namespace

bool Callbacks::load(v8::Local<v8::Context> context, v8::Local<v8::Object> object,
                     std::string& missing) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    v8::Local<v8::String> name;
    v8::Local<v8::Value> value;
    if (!v8::String::NewFromUtf8(isolate, kNames[i]).ToLocal(&name) ||
        !object->Get(context, name).ToLocal(&value) || !value->IsFunction()) {
      missing = kNames[i];
      return false;
    }
    functions_[i].Reset(isolate, value.As<v8::Function>());
  }
  return true;
}

v8::MaybeLocal<v8::Value> Callbacks::call(v8::Local<v8::Context> context, Callback callback,
                                          std::span<v8::Local<v8::Value>> arguments) const {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  return functions_[static_cast<std::size_t>(callback)].Get(isolate)->Call(
      context, v8::Undefined(isolate), static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace brink::sandbox
