#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"
#include "core/config/app_files.h"
#include "core/ipc/messages.h"

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

  /// Appends a piece of a cache that the worker `maker` (a process id) sends. The first worker that
  /// begins with a module makes its cache: what others send of it is left out. False: no such
  /// module, or too large.
  bool add_code_cache(int maker, const ipc::CodeCache& piece);
  /// The worker has ended: what it had not completed is for another to make.
  void forget_maker(int maker);

 private:
  const AppFiles& app_;
  std::map<std::pair<std::string, std::string>, std::string>
      resolved_;  // (specifier, referrer) -> path
  std::map<std::string, Module, std::less<>> modules_;
  struct ArrivingCache {
    int maker;
    std::string bytes;
  };
  std::map<std::string, ArrivingCache, std::less<>> arriving_caches_;
};

}  // namespace brink::supervise
