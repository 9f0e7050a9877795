#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace brink::supervise {

/// Which request each fetch of a worker belongs to. A part of the worker; on the loop's thread.
class FetchTable {
 public:
  /// False: there is one of this number.
  bool add(std::uint32_t fetch, std::uint32_t request) {
    if (!requests_.emplace(fetch, request).second) return false;
    fetches_[request].push_back(fetch);
    return true;
  }
  /// 0: there is none.
  std::uint32_t request_of(std::uint32_t fetch) const {
    const auto found = requests_.find(fetch);
    return found == requests_.end() ? 0 : found->second;
  }
  void remove(std::uint32_t fetch) {
    const auto found = requests_.find(fetch);
    if (found == requests_.end()) return;
    std::erase(fetches_[found->second], fetch);
    requests_.erase(found);
  }
  void remove_all_of(std::uint32_t request) {
    const auto found = fetches_.find(request);
    if (found == fetches_.end()) return;
    for (const std::uint32_t fetch : found->second) requests_.erase(fetch);
    fetches_.erase(found);
  }
  std::size_t size() const { return requests_.size(); }

 private:
  std::unordered_map<std::uint32_t, std::uint32_t> requests_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> fetches_;
};

}  // namespace brink::supervise
