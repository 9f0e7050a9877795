#pragma once

#include <v8.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/ipc/messages.h"

namespace brink::sandbox {

/// The modules of an app as they are in every realm: their paths and sources, and what each import
/// resolves to. Filled by the AppLoader while it loads the first realm. Main thread, not longer
/// than the isolate.
class AppModules {
 public:
  using Index = std::size_t;

  /// nullopt: an exception is pending, the source is larger than a string can be.
  std::optional<Index> add(std::string_view path, std::string_view source);
  /// A built-in: its path is its specifier.
  Index add_builtin(std::string_view specifier);
  void resolve(Index importer, std::string_view specifier, Index target);

  std::optional<Index> find(std::string_view path) const;
  /// The module that an import was resolved to; nullopt: none.
  std::optional<Index> target(Index importer, std::string_view specifier) const;
  const std::string& path(Index module) const { return modules_[module].path; }
  bool is_builtin(Index module) const { return modules_[module].source.IsEmpty(); }
  v8::Local<v8::String> source(Index module) const;
  std::size_t size() const { return modules_.size(); }

  /// The compiled form of a module, independent of realms.
  void keep_script(Index module, v8::Local<v8::UnboundModuleScript> script);
  /// V8's code cache of a module whose script is kept; nullptr: there is none.
  std::unique_ptr<v8::ScriptCompiler::CachedData> code_cache(Index module) const;
  void drop_scripts();

 private:
  struct Module {
    std::string path;
    v8::Global<v8::String> source;
    v8::Global<v8::UnboundModuleScript> script;
    std::unordered_map<std::string, Index> targets;
  };

  std::vector<Module> modules_;
};

/// What a worker runs.
struct App {
  struct Entry {
    ipc::EntryKind kind = ipc::EntryKind::kHandler;
    std::string path;
    AppModules::Index module = 0;
  };

  std::vector<Entry> entries;  ///< an entry's number is its place
  AppModules modules;
  std::uint64_t start_limit_ns = 0;  ///< CPU time for making its modules run in one realm
  bool isolate_requests = false;     ///< each request gets a realm of its own
};

}  // namespace brink::sandbox
