#pragma once

#include <v8.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace brink::sandbox {

/// An `import` of a module.
struct ImportRequest {
  std::string specifier;
  std::uint32_t line = 0;    ///< 1-based
  std::uint32_t column = 0;  ///< 1-based
  bool has_attributes = false;
};

/// The modules of an app, by their paths, and what each import of each module resolves to. Built
/// once by the AppLoader; then serves V8's hooks. Main thread, as long as the isolate.
class ModuleGraph {
 public:
  using Index = std::size_t;

  /// Compiles a module and adds it. nullopt: an exception is pending. `cache` may be empty; one
  /// that V8 refuses is ignored.
  std::optional<Index> add(std::string_view path, std::string_view source, std::string_view cache);
  /// Adds a built-in whose exports are the properties of `exports`.
  std::optional<Index> add_builtin(v8::Local<v8::Context> context, std::string_view specifier,
                                   v8::Local<v8::Object> exports);

  std::optional<Index> find(std::string_view path) const;
  std::vector<ImportRequest> imports(v8::Local<v8::Context> context, Index module) const;
  void resolve(Index importer, std::string_view specifier, Index target);

  v8::Local<v8::Module> module(Index module) const;
  const std::string& path(Index module) const { return modules_[module].path; }
  std::size_t size() const { return modules_.size(); }

  /// The module that an import was resolved to; empty: none.
  v8::MaybeLocal<v8::Module> target(v8::Local<v8::Module> importer,
                                    std::string_view specifier) const;
  v8::MaybeLocal<v8::Module> target(std::string_view importer_path,
                                    std::string_view specifier) const;
  /// Path of a module, for import.meta; empty: not of this graph.
  std::string_view path_of(v8::Local<v8::Module> module) const;
  /// Sets the exports of a built-in when V8 evaluates it.
  bool export_builtin(v8::Local<v8::Context> context, v8::Local<v8::Module> module) const;

  /// V8's code cache of a module that was compiled without one; nullptr: it had one, or there is
  /// none.
  std::unique_ptr<v8::ScriptCompiler::CachedData> take_code_cache(Index module);

 private:
  struct Module {
    std::string path;
    v8::Global<v8::Module> handle;
    v8::Global<v8::UnboundModuleScript> script;  // empty: a built-in, or its code cache is known
    v8::Global<v8::Object> exports;              // of a built-in
    std::unordered_map<std::string, Index> targets;
  };

  std::optional<Index> index_of(v8::Local<v8::Module> module) const;
  v8::MaybeLocal<v8::Module> target(Index importer, std::string_view specifier) const;

  std::vector<Module> modules_;
};

}  // namespace brink::sandbox
