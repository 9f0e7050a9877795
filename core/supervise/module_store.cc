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

bool ModuleStore::add_code_cache(int maker, const ipc::CodeCache& piece) {
  auto module = modules_.find(piece.path);
  if (module == modules_.end()) return false;
  // A cache that a worker is just being sent must not change under it.
  if (!module->second.code_cache.empty()) return true;
  auto arriving = arriving_caches_.find(module->first);
  if (arriving == arriving_caches_.end()) {
    if (piece.offset != 0) return true;  // its beginning was left out
    arriving = arriving_caches_.emplace(module->first, ArrivingCache{maker, {}}).first;
  }
  auto& [first_maker, cache] = arriving->second;
  if (first_maker != maker || piece.offset != cache.size()) return true;
  if (cache.size() + piece.bytes.size() > kMaxCodeCache_bytes) return false;
  cache.append(piece.bytes);
  if (!piece.last) return true;
  module->second.code_cache = std::move(cache);
  arriving_caches_.erase(arriving);
  return true;
}

void ModuleStore::forget_maker(int maker) {
  std::erase_if(arriving_caches_, [maker](const auto& each) { return each.second.maker == maker; });
}

}  // namespace brink::supervise
