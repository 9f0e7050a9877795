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

// import(): only what the app imports statically anyway, so that all code is loaded before the
// first request and its errors are known then.
v8::MaybeLocal<v8::Promise> import_dynamically(v8::Local<v8::Context> context,
                                               v8::Local<v8::Data> /*host_defined_options*/,
                                               v8::Local<v8::Value> resource_name,
                                               v8::Local<v8::String> specifier,
                                               v8::Local<v8::FixedArray> /*attributes*/) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::Promise::Resolver> resolver;
  if (!v8::Promise::Resolver::New(context).ToLocal(&resolver)) return {};
  const std::string wanted = to_utf8(isolate, specifier);
  const std::string importer = to_utf8(isolate, resource_name);
  v8::Local<v8::Module> module;
  Realm* realm = Realm::of(context);
  if (realm == nullptr || !realm->modules().target(importer, wanted).ToLocal(&module)) {
    const std::string message =
        "import(\"" + wanted + "\") in " + importer +
        ": only modules that the same file also imports statically can be imported";
    if (resolver->Reject(context, type_error(isolate, message)).IsNothing()) return {};
    return resolver->GetPromise();
  }
  if (module->GetStatus() == v8::Module::kErrored) {
    if (resolver->Reject(context, module->GetException()).IsNothing()) return {};
  } else {
    if (resolver->Resolve(context, module->GetModuleNamespace()).IsNothing()) return {};
  }
  return resolver->GetPromise();
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
