#include "sandbox/script_error.h"

namespace brink::sandbox {

std::string to_utf8(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  if (value.IsEmpty() || !value->IsString()) return {};
  v8::Local<v8::String> text = value.As<v8::String>();
  std::string bytes(text->Utf8LengthV2(isolate), '\0');
  bytes.resize(text->WriteUtf8V2(isolate, bytes.data(), bytes.size(),
                                 v8::String::WriteFlags::kReplaceInvalidUtf8));
  return bytes;
}

ScriptError describe_error(v8::Local<v8::Context> context, v8::Local<v8::Value> exception,
                           v8::Local<v8::Message> message) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  ScriptError error;
  if (exception.IsEmpty()) {
    error.message = "execution was stopped";
    return error;
  }
  v8::TryCatch guard(isolate);
  if (message.IsEmpty()) message = v8::Exception::CreateMessage(isolate, exception);
  if (!message.IsEmpty()) {
    error.message = to_utf8(isolate, message->Get());
    error.path = to_utf8(isolate, message->GetScriptResourceName());
    error.line = static_cast<std::uint32_t>(message->GetLineNumber(context).FromMaybe(0));
    error.column = static_cast<std::uint32_t>(message->GetStartColumn(context).FromMaybe(-1) + 1);
    constexpr std::string_view kUncaught = "Uncaught ";
    if (error.message.starts_with(kUncaught)) error.message.erase(0, kUncaught.size());
  }
  v8::Local<v8::Value> stack;
  if (exception->IsNativeError() &&
      exception.As<v8::Object>()
          ->Get(context, v8::String::NewFromUtf8Literal(isolate, "stack"))
          .ToLocal(&stack)) {
    error.stack = to_utf8(isolate, stack);
  }
  return error;
}

}  // namespace brink::sandbox
