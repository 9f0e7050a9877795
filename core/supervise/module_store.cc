#include "core/supervise/module_store.h"

namespace brink::supervise {
namespace {
constexpr std::size_t kMaxCodeCache_bytes = 16 * 1024 * 1024;
constexpr std::size_t kMaxImports = 10'000;
}  // namespace

Result<const ModuleStore::Module*> ModuleStore::find(std::string_view specifier,
                                                     std::string_view referrer) {
  std::pair<std::string, std::string> key(specifier, referrer);
  if (auto known = resolved_.find(key); known != resolved_.end())
    return &modules_.find(known->second)->second;
  if (resolved_.size() >= kMaxImports) {
    return fail(ErrorCode::kModuleNotFound, "the app has more than 10000 imports");
  }
  Result<ModuleFile> file = app_.read_module(specifier, referrer);
  if (!file) return std::unexpected(file.error());
  auto [module, added] = modules_.try_emplace(file->path);
  if (added) {
    module->second.path = file->path;
    module->second.source = std::move(file->source);
  }
  resolved_.emplace(std::move(key), module->first);
  return &module->second;
}

bool ModuleStore::add_code_cache(std::string_view path, std::string_view bytes, bool last) {
  auto module = modules_.find(path);
  if (module == modules_.end()) return false;
  std::string& cache = arriving_caches_[module->first];
  if (cache.size() + bytes.size() > kMaxCodeCache_bytes) return false;
  cache.append(bytes);
  if (!last) return true;
  // The first one stays: a cache that a worker is just being sent must not change under it.
  if (module->second.code_cache.empty()) module->second.code_cache = std::move(cache);
  arriving_caches_.erase(module->first);
  return true;
}

}  // namespace brink::supervise
