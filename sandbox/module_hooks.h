#pragma once

#include <v8.h>

namespace brink::sandbox {

/// V8's questions about modules, answered from the realm's ModuleGraph. They carry no state of
/// their own: the realm is found through the context.

/// import() and import.meta.
void install_module_hooks(v8::Isolate* isolate);

/// For Module::InstantiateModule.
v8::MaybeLocal<v8::Module> resolve_import(v8::Local<v8::Context> context,
                                          v8::Local<v8::String> specifier,
                                          v8::Local<v8::FixedArray> attributes,
                                          v8::Local<v8::Module> referrer);

/// For Module::CreateSyntheticModule.
v8::MaybeLocal<v8::Value> evaluate_builtin(v8::Local<v8::Context> context,
                                           v8::Local<v8::Module> module);

}  // namespace brink::sandbox
