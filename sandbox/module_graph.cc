#include "sandbox/module_graph.h"

#include <utility>

#include "sandbox/module_hooks.h"
#include "sandbox/script_error.h"

namespace brink::sandbox {
namespace {

v8::MaybeLocal<v8::String> utf8(std::string_view text,
                                v8::NewStringType type = v8::NewStringType::kNormal) {
  return v8::String::NewFromUtf8(v8::Isolate::GetCurrent(), text.data(), type,
                                 static_cast<int>(text.size()));
}

}  // namespace

ModuleGraph::Instance& ModuleGraph::instance(Index module) {
  if (module >= instances_.size()) instances_.resize(module + 1);
  return instances_[module];
}

ModuleGraph::Compiled ModuleGraph::compile(Index index, std::string_view cache) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::String> name;
  if (!utf8(modules_.path(index)).ToLocal(&name)) return Compiled::kFailed;
  v8::ScriptOrigin origin(name, 0, 0, false, -1, v8::Local<v8::Value>(), false, false,
                          /*is_module=*/true);
  auto* cached = cache.empty() ? nullptr
                               : new v8::ScriptCompiler::CachedData(
                                     reinterpret_cast<const std::uint8_t*>(cache.data()),
                                     static_cast<int>(cache.size()));
  v8::ScriptCompiler::Source unit(modules_.source(index), origin, cached);  // owns `cached`
  v8::Local<v8::Module> module;
  if (!v8::ScriptCompiler::CompileModule(
           isolate, &unit,
           cached ? v8::ScriptCompiler::kConsumeCodeCache : v8::ScriptCompiler::kNoCompileOptions)
           .ToLocal(&module)) {
    return Compiled::kFailed;
  }
  instance(index).handle.Reset(isolate, module);
  return cached != nullptr && !unit.GetCachedData()->rejected ? Compiled::kFromCache
                                                              : Compiled::kFromSource;
}

bool ModuleGraph::make_builtin(v8::Local<v8::Context> context, Index index,
                               v8::Local<v8::Object> exports) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::Array> keys;
  v8::Local<v8::String> name;
  if (!exports->GetOwnPropertyNames(context).ToLocal(&keys) ||
      !utf8(modules_.path(index)).ToLocal(&name)) {
    return false;
  }
  const v8::Local<v8::String> default_name = v8::String::NewFromUtf8Literal(isolate, "default");
  std::vector<v8::Local<v8::String>> names{default_name};
  for (std::uint32_t i = 0; i < keys->Length(); ++i) {
    v8::Local<v8::Value> key;
    if (!keys->Get(context, i).ToLocal(&key)) return false;
    if (key->IsString() && !key->StrictEquals(default_name)) names.push_back(key.As<v8::String>());
  }
  v8::Local<v8::Module> module = v8::Module::CreateSyntheticModule(
      isolate, name, v8::MemorySpan<const v8::Local<v8::String>>(names.data(), names.size()),
      evaluate_builtin);
  instance(index).handle.Reset(isolate, module);
  instance(index).exports.Reset(isolate, exports);
  return true;
}

bool ModuleGraph::export_builtin(v8::Local<v8::Context> context,
                                 v8::Local<v8::Module> module) const {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  const std::optional<Index> index = index_of(module);
  if (!index) return false;
  v8::Local<v8::Object> exports = instances_[*index].exports.Get(isolate);
  const v8::Local<v8::String> default_name = v8::String::NewFromUtf8Literal(isolate, "default");
  v8::Local<v8::Array> keys;
  if (!exports->GetOwnPropertyNames(context).ToLocal(&keys)) return false;
  bool has_default = false;
  for (std::uint32_t i = 0; i < keys->Length(); ++i) {
    v8::Local<v8::Value> key, value;
    if (!keys->Get(context, i).ToLocal(&key) || !exports->Get(context, key).ToLocal(&value))
      return false;
    if (!key->IsString()) continue;
    has_default = has_default || key->StrictEquals(default_name);
    if (!module->SetSyntheticModuleExport(isolate, key.As<v8::String>(), value).FromMaybe(false))
      return false;
  }
  return has_default ||
         module->SetSyntheticModuleExport(isolate, default_name, exports).FromMaybe(false);
}

std::vector<ImportRequest> ModuleGraph::imports(v8::Local<v8::Context> context, Index index) const {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::Module> importer = module(index);
  v8::Local<v8::FixedArray> requests = importer->GetModuleRequests();
  std::vector<ImportRequest> imports;
  for (int i = 0; i < requests->Length(); ++i) {
    v8::Local<v8::ModuleRequest> request = requests->Get(context, i).As<v8::ModuleRequest>();
    v8::Location place = importer->SourceOffsetToLocation(request->GetSourceOffset());
    imports.push_back({.specifier = to_utf8(isolate, request->GetSpecifier()),
                       .line = static_cast<std::uint32_t>(place.GetLineNumber() + 1),
                       .column = static_cast<std::uint32_t>(place.GetColumnNumber() + 1),
                       .has_attributes = request->GetImportAttributes()->Length() != 0});
  }
  return imports;
}

v8::Local<v8::Module> ModuleGraph::module(Index index) const {
  return instances_[index].handle.Get(v8::Isolate::GetCurrent());
}

std::optional<ModuleGraph::Index> ModuleGraph::index_of(v8::Local<v8::Module> module) const {
  for (Index i = 0; i < instances_.size(); ++i) {
    if (instances_[i].handle == module) return i;
  }
  return std::nullopt;
}

v8::MaybeLocal<v8::Module> ModuleGraph::target(std::optional<Index> importer,
                                               std::string_view specifier) const {
  if (!importer) return {};
  const std::optional<Index> found = modules_.target(*importer, specifier);
  if (!found) return {};
  return module(*found);
}

v8::MaybeLocal<v8::Module> ModuleGraph::target(v8::Local<v8::Module> importer,
                                               std::string_view specifier) const {
  return target(index_of(importer), specifier);
}

v8::MaybeLocal<v8::Module> ModuleGraph::target(std::string_view importer_path,
                                               std::string_view specifier) const {
  return target(modules_.find(importer_path), specifier);
}

std::string_view ModuleGraph::path_of(v8::Local<v8::Module> module) const {
  const std::optional<Index> index = index_of(module);
  return index ? std::string_view(modules_.path(*index)) : std::string_view();
}

}  // namespace brink::sandbox
