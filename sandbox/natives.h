#pragma once

#include <v8.h>

#include <cstdint>
#include <span>
#include <vector>

#include "core/ipc/channel.h"

namespace brink::sandbox {

class Worker;

/// A function that JavaScript may call: a property of the `natives` object
/// (js-stdlib/natives.d.ts).
struct NativeFunction {
  const char* name;
  v8::FunctionCallback callback;
};

/// What to do with one type of message from the front. Runs on the worker's thread, outside of
/// JavaScript; enters JavaScript only through Worker::run_turn.
struct MessageHandler {
  ipc::MessageType type;
  void (*handle)(Worker& worker, const ipc::Frame& frame);
};

/// One web API: the tables that its .cc file in bindings/ declares. They live as long as the
/// process.
struct Binding {
  std::span<const NativeFunction> functions;
  std::span<const MessageHandler> messages = {};
};

using BindingList = std::span<const Binding>;

/// The addresses that a snapshot may refer to, zero-terminated. The creator of a snapshot and every
/// isolate that starts from it need the same list, in the same order, alive as long as the isolate.
std::vector<std::intptr_t> external_references(BindingList bindings);

/// The `natives` object with a function for each entry of the tables. Empty: an exception is
/// pending.
v8::MaybeLocal<v8::Object> make_natives(v8::Local<v8::Context> context, BindingList bindings);

}  // namespace brink::sandbox
