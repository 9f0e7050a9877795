#include "sandbox/module_hooks.h"

#include <string>

#include "sandbox/realm.h"
#include "sandbox/script_error.h"

namespace brink::sandbox {
namespace {

v8::Local<v8::Value> type_error(v8::Isolate* isolate, const std::string& message) {
  v8::Local<v8::String> text;
  if (!v8::String::NewFromUtf8(isolate, message.data(), v8::NewStringType::kNormal,
                               static_cast<int>(message.size()))
           .ToLocal(&text)) {
    text = v8::String::Empty(isolate);
  }
  return v8::Exception::TypeError(text);
}

v8::MaybeLocal<v8::Promise> rejected(v8::Local<v8::Context> context, v8::Local<v8::Value> reason) {
  v8::Local<v8::Promise::Resolver> resolver;
  if (!v8::Promise::Resolver::New(context).ToLocal(&resolver) ||
      resolver->Reject(context, reason).IsNothing()) {
    return {};
  }
  return resolver->GetPromise();
}

v8::MaybeLocal<v8::Promise> resolved(v8::Local<v8::Context> context, v8::Local<v8::Value> value) {
  v8::Local<v8::Promise::Resolver> resolver;
  if (!v8::Promise::Resolver::New(context).ToLocal(&resolver) ||
      resolver->Resolve(context, value).IsNothing()) {
    return {};
  }
  return resolver->GetPromise();
}

void give_data(const v8::FunctionCallbackInfo<v8::Value>& info) {
  info.GetReturnValue().Set(info.Data());
}

/// The namespace of a module, once it has run. Empty: an exception is pending.
v8::MaybeLocal<v8::Promise> run_module(v8::Local<v8::Context> context,
                                       v8::Local<v8::Module> module) {
  if (module->GetStatus() == v8::Module::kUninstantiated &&
      module->InstantiateModule(context, resolve_import).IsNothing()) {
    return {};
  }
  v8::Local<v8::Value> exports = module->GetModuleNamespace();
  // It is being run just now, and imports itself or is imported in a circle.
  if (module->GetStatus() == v8::Module::kEvaluating) return resolved(context, exports);
  v8::Local<v8::Value> result;
  v8::Local<v8::Function> then;
  if (!module->Evaluate(context).ToLocal(&result) || !result->IsPromise() ||
      !v8::Function::New(context, give_data, exports, 0, v8::ConstructorBehavior::kThrow)
           .ToLocal(&then)) {
    return {};
  }
  return result.As<v8::Promise>()->Then(context, then);
}

// import(): what a module names in a literal was loaded with it (dynamic_imports.h), and runs now.
v8::MaybeLocal<v8::Promise> import_dynamically(v8::Local<v8::Context> context,
                                               v8::Local<v8::Data> /*host_defined_options*/,
                                               v8::Local<v8::Value> resource_name,
                                               v8::Local<v8::String> specifier,
                                               v8::Local<v8::FixedArray> /*attributes*/) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  const std::string wanted = to_utf8(isolate, specifier);
  const std::string importer = to_utf8(isolate, resource_name);
  v8::Local<v8::Module> module;
  Realm* realm = Realm::of(context);
  if (realm == nullptr || !realm->modules().target(importer, wanted).ToLocal(&module)) {
    return rejected(
        context,
        type_error(isolate, "import(\"" + wanted + "\") in " + importer +
                                ": not loaded. It has to be a relative path (./ or ../) of a file "
                                "that exists, or \"next/server\", and stand in the call as a "
                                "literal: import('./file.js')"));
  }
  v8::TryCatch catcher(isolate);
  v8::Local<v8::Promise> promise;
  if (module->GetStatus() == v8::Module::kErrored) return rejected(context, module->GetException());
  if (run_module(context, module).ToLocal(&promise)) return promise;
  if (!catcher.CanContinue()) {
    catcher.ReThrow();
    return {};
  }
  v8::Local<v8::Value> reason = catcher.Exception();
  catcher.Reset();
  return rejected(context, reason);
}

void fill_import_meta(v8::Local<v8::Context> context, v8::Local<v8::Module> module,
                      v8::Local<v8::Object> meta) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  Realm* realm = Realm::of(context);
  if (realm == nullptr) return;
  const std::string url = "file:///app/" + std::string(realm->modules().path_of(module));
  v8::Local<v8::String> value;
  if (!v8::String::NewFromUtf8(isolate, url.c_str()).ToLocal(&value)) return;
  meta->CreateDataProperty(context, v8::String::NewFromUtf8Literal(isolate, "url"), value).Check();
}

}  // namespace

void install_module_hooks(v8::Isolate* isolate) {
  isolate->SetHostImportModuleDynamicallyCallback(import_dynamically);
  isolate->SetHostInitializeImportMetaObjectCallback(fill_import_meta);
}

v8::MaybeLocal<v8::Module> resolve_import(v8::Local<v8::Context> context,
                                          v8::Local<v8::String> specifier,
                                          v8::Local<v8::FixedArray> /*attributes*/,
                                          v8::Local<v8::Module> referrer) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  const std::string wanted = to_utf8(isolate, specifier);
  v8::Local<v8::Module> module;
  if (Realm::of(context)->modules().target(referrer, wanted).ToLocal(&module)) return module;
  isolate->ThrowException(type_error(isolate, "\"" + wanted + "\" is not loaded"));
  return {};
}

v8::MaybeLocal<v8::Value> evaluate_builtin(v8::Local<v8::Context> context,
                                           v8::Local<v8::Module> module) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  if (!Realm::of(context)->modules().export_builtin(context, module)) return {};
  v8::Local<v8::Promise::Resolver> resolver;
  if (!v8::Promise::Resolver::New(context).ToLocal(&resolver)) return {};
  if (resolver->Resolve(context, v8::Undefined(isolate)).IsNothing()) return {};
  return resolver->GetPromise();
}

}  // namespace brink::sandbox
