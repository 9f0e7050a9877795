#include "sandbox/app.h"

#include <utility>

namespace brink::sandbox {

std::optional<AppModules::Index> AppModules::add(std::string_view path, std::string_view source) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (source.starts_with(kByteOrderMark)) source.remove_prefix(kByteOrderMark.size());
  v8::Local<v8::String> text;
  if (!v8::String::NewFromUtf8(isolate, source.data(), v8::NewStringType::kNormal,
                               static_cast<int>(source.size()))
           .ToLocal(&text)) {
    isolate->ThrowException(v8::Exception::RangeError(
        v8::String::NewFromUtf8Literal(isolate, "the module is larger than a string can be")));
    return std::nullopt;
  }
  modules_.push_back({.path = std::string(path), .source = v8::Global<v8::String>(isolate, text)});
  return modules_.size() - 1;
}

AppModules::Index AppModules::add_builtin(std::string_view specifier) {
  modules_.push_back({.path = std::string(specifier)});
  return modules_.size() - 1;
}

void AppModules::resolve(Index importer, std::string_view specifier, Index target) {
  modules_[importer].targets.insert_or_assign(std::string(specifier), target);
}

std::optional<AppModules::Index> AppModules::find(std::string_view path) const {
  for (Index i = 0; i < modules_.size(); ++i) {
    if (modules_[i].path == path) return i;
  }
  return std::nullopt;
}

std::optional<AppModules::Index> AppModules::target(Index importer,
                                                    std::string_view specifier) const {
  const auto& targets = modules_[importer].targets;
  const auto found = targets.find(std::string(specifier));
  if (found == targets.end()) return std::nullopt;
  return found->second;
}

v8::Local<v8::String> AppModules::source(Index module) const {
  return modules_[module].source.Get(v8::Isolate::GetCurrent());
}

void AppModules::keep_script(Index module, v8::Local<v8::UnboundModuleScript> script) {
  modules_[module].script.Reset(v8::Isolate::GetCurrent(), script);
}

std::unique_ptr<v8::ScriptCompiler::CachedData> AppModules::code_cache(Index module) const {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  if (modules_[module].script.IsEmpty()) return nullptr;
  v8::HandleScope scope(isolate);
  return std::unique_ptr<v8::ScriptCompiler::CachedData>(
      v8::ScriptCompiler::CreateCodeCache(modules_[module].script.Get(isolate)));
}

void AppModules::drop_scripts() {
  for (Module& module : modules_) module.script.Reset();
}

}  // namespace brink::sandbox
