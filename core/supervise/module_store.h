#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"
#include "core/config/app_files.h"

namespace brink::supervise {

/// The app's modules as its workers get them: each is read from disk once, so that every worker of
/// an app runs the same bytes, and each has its V8 code cache beside it once a worker has made one.
/// Owned by the worker pool. The caches come from this app's workers and go only to them.
class ModuleStore {
 public:
  struct Module {
    std::string path;  ///< in the app, its identity
    std::string source;
    std::string code_cache;  ///< empty: none yet
  };

  explicit ModuleStore(const AppFiles& app) : app_(app) {}

  /// The pointer stays valid as long as the store.
  Result<const Module*> find(std::string_view specifier, std::string_view referrer);

  /// Appends a piece of a cache; complete after `last`. False: no such module, or too large.
  bool add_code_cache(std::string_view path, std::string_view bytes, bool last);

 private:
  const AppFiles& app_;
  std::map<std::pair<std::string, std::string>, std::string>
      resolved_;  // (specifier, referrer) -> path
  std::map<std::string, Module, std::less<>> modules_;
  std::map<std::string, std::string, std::less<>> arriving_caches_;
};

}  // namespace brink::supervise
