#pragma once

#include <v8.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/app.h"

namespace brink::sandbox {

/// An `import` of a module.
struct ImportRequest {
  std::string specifier;
  std::uint32_t line = 0;    ///< 1-based
  std::uint32_t column = 0;  ///< 1-based
  bool has_attributes = false;
  bool lazy = false;  ///< an import(): leading nowhere, it is an error only when it is called
};

/// The app's modules in one realm; serves V8's hooks. Main thread, as long as the realm; `modules`
/// outlives it.
class ModuleGraph {
 public:
  using Index = AppModules::Index;

  explicit ModuleGraph(const AppModules& modules) : modules_(modules) {}

  /// Compiles a module from its source. kFailed: an exception is pending. `cache` may be empty; one
  /// that V8 refuses is ignored.
  enum class Compiled : std::uint8_t { kFailed, kFromSource, kFromCache };
  Compiled compile(Index module, std::string_view cache = {});
  /// Makes a built-in whose exports are the properties of `exports`. False: an exception is
  /// pending.
  bool make_builtin(v8::Local<v8::Context> context, Index module, v8::Local<v8::Object> exports);

  std::vector<ImportRequest> imports(v8::Local<v8::Context> context, Index module) const;
  v8::Local<v8::Module> module(Index module) const;

  /// The module that an import was resolved to; empty: none.
  v8::MaybeLocal<v8::Module> target(v8::Local<v8::Module> importer,
                                    std::string_view specifier) const;
  v8::MaybeLocal<v8::Module> target(std::string_view importer_path,
                                    std::string_view specifier) const;
  /// Path of a module, for import.meta; empty: not of this graph.
  std::string_view path_of(v8::Local<v8::Module> module) const;
  /// Sets the exports of a built-in when V8 evaluates it.
  bool export_builtin(v8::Local<v8::Context> context, v8::Local<v8::Module> module) const;

 private:
  struct Instance {
    v8::Global<v8::Module> handle;
    v8::Global<v8::Object> exports;  // of a built-in
  };

  Instance& instance(Index module);
  std::optional<Index> index_of(v8::Local<v8::Module> module) const;
  v8::MaybeLocal<v8::Module> target(std::optional<Index> importer,
                                    std::string_view specifier) const;

  const AppModules& modules_;
  std::vector<Instance> instances_;  // by the modules' indices
};

}  // namespace brink::sandbox
