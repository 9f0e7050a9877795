// process.env: the variables that the front gave to the app. The process's own never get here.
#include <vector>

#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

// [name, value, name, value, ...]
void environment(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr) return;
  v8::Isolate* isolate = info.GetIsolate();
  std::vector<v8::Local<v8::Value>> elements;
  std::string_view rest = worker->environment();
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t equals = std::min(line.find('='), line.size());
    v8::Local<v8::String> name, value;
    if (!utf8_string(isolate, line.substr(0, equals)).ToLocal(&name) ||
        !utf8_string(isolate, line.substr(std::min(equals + 1, line.size()))).ToLocal(&value)) {
      return;
    }
    elements.push_back(name);
    elements.push_back(value);
  }
  info.GetReturnValue().Set(v8::Array::New(isolate, elements.data(), elements.size()));
}

void on_environment(sandbox::Worker& worker, const ipc::Frame& frame) {
  worker.set_environment(worker.decode<ipc::Environment>(frame).variables);
}

constexpr sandbox::NativeFunction kFunctions[] = {{"environment", environment}};
constexpr sandbox::MessageHandler kMessages[] = {{ipc::MessageType::kEnvironment, on_environment}};

}  // namespace

sandbox::Binding environment_binding() { return {kFunctions, kMessages}; }

}  // namespace brink::bindings
