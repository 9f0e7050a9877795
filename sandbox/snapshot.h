#pragma once

#include <v8-snapshot.h>

#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "sandbox/natives.h"

namespace brink::sandbox {

/// Where the callbacks object is among the data of the snapshot's context.
inline constexpr std::size_t kCallbacksData = 0;

/// Runs the bundle of js-stdlib in a fresh context and returns the heap it leaves as a snapshot
/// blob. The bundle defines `__brink_main`; `__brink_main.default(natives)` returns the callbacks
/// object. Needs an Engine; only the snapshot builder calls it.
Result<std::string> create_snapshot(std::string_view bundle, BindingList bindings);

/// The bundle as the snapshot builder and tests run it: a function of `natives`.
v8::MaybeLocal<v8::Object> run_bundle(v8::Local<v8::Context> context, std::string_view bundle,
                                      BindingList bindings);

}  // namespace brink::sandbox
