#include "sandbox/natives.h"

namespace brink::sandbox {

std::vector<std::intptr_t> external_references(BindingList bindings) {
  std::vector<std::intptr_t> references;
  for (const Binding& binding : bindings) {
    for (const NativeFunction& function : binding.functions) {
      references.push_back(reinterpret_cast<std::intptr_t>(function.callback));
    }
  }
  references.push_back(0);
  return references;
}

v8::MaybeLocal<v8::Object> make_natives(v8::Local<v8::Context> context, BindingList bindings) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::Object> natives = v8::Object::New(isolate, v8::Null(isolate), nullptr, nullptr, 0);
  for (const Binding& binding : bindings) {
    for (const NativeFunction& entry : binding.functions) {
      v8::Local<v8::String> name;
      v8::Local<v8::Function> function;
      if (!v8::String::NewFromUtf8(isolate, entry.name, v8::NewStringType::kInternalized)
               .ToLocal(&name) ||
          !v8::Function::New(context, entry.callback, {}, 0, v8::ConstructorBehavior::kThrow)
               .ToLocal(&function)) {
        return {};
      }
      function->SetName(name);
      if (!natives->CreateDataProperty(context, name, function).FromMaybe(false)) return {};
    }
  }
  return natives;
}

}  // namespace brink::sandbox
