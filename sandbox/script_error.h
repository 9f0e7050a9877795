#pragma once

#include <v8.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace brink::sandbox {

/// A thrown value, described for people.
struct ScriptError {
  std::string message;       ///< "TypeError: x is not a function"
  std::string path;          ///< module where it was thrown; may be empty
  std::uint32_t line = 0;    ///< 1-based; 0: unknown
  std::uint32_t column = 0;  ///< 1-based; 0: unknown
  std::string stack;
};

/// Describes what was thrown. Reading `stack` may run user code: call inside a turn, under its
/// limit. `message` may be empty, then V8 makes one.
ScriptError describe_error(v8::Local<v8::Context> context, v8::Local<v8::Value> exception,
                           v8::Local<v8::Message> message);

/// A string's UTF-8, lone surrogates replaced; empty for what is not a string. Runs no user code.
std::string to_utf8(v8::Isolate* isolate, v8::Local<v8::Value> value);

}  // namespace brink::sandbox
