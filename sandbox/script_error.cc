#include "sandbox/script_error.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace brink::sandbox {

std::string to_utf8(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  if (value.IsEmpty() || !value->IsString()) return {};
  v8::Local<v8::String> text = value.As<v8::String>();
  std::string bytes(text->Utf8LengthV2(isolate), '\0');
  bytes.resize(text->WriteUtf8V2(isolate, bytes.data(), bytes.size(),
                                 v8::String::WriteFlags::kReplaceInvalidUtf8));
  return bytes;
}

namespace {

constexpr std::string_view kOwnScripts = "brink:";

// "f (middleware.js:1:7)" or "middleware.js:1:7" of a line "    at ..." of a stack.
bool read_frame(std::string_view line, ScriptError& error) {
  constexpr std::string_view kAt = "    at ";
  if (!line.starts_with(kAt)) return false;
  line.remove_prefix(kAt.size());
  if (line.starts_with("async ")) line.remove_prefix(6);
  if (line.ends_with(')')) {
    line.remove_suffix(1);
    const std::size_t open = line.rfind('(');
    line.remove_prefix(open == line.npos ? 0 : open + 1);
  }
  if (line.starts_with(kOwnScripts)) return false;
  std::uint32_t numbers[2] = {};  // column, line
  for (std::uint32_t& number : numbers) {
    const std::size_t colon = line.rfind(':');
    if (colon == line.npos) return false;
    const std::string_view digits = line.substr(colon + 1);
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failed != std::errc{} || end != digits.data() + digits.size()) return false;
    line = line.substr(0, colon);
  }
  if (line.empty()) return false;
  error.path = std::string(line);
  error.line = numbers[1];
  error.column = numbers[0];
  return true;
}

// An error that our own scripts threw is about the first place in the app's that led there.
void place_in_app(ScriptError& error) {
  if (!error.path.starts_with(kOwnScripts)) return;
  error.path.clear();
  error.line = error.column = 0;
  for (std::string_view rest = error.stack; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (read_frame(line, error)) return;
  }
}

}  // namespace

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
  place_in_app(error);
  return error;
}

}  // namespace brink::sandbox
