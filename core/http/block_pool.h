#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/base/memory_budget.h"

namespace brink::http {

/// Output memory of one loop: connections hold blocks only while bytes wait in them. Owned by a
/// Server or an UpstreamPool; on the loop's thread.
class BlockPool {
 public:
  static constexpr std::size_t kBlockBytes = 16 * 1024;

  struct Block {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    char bytes[kBlockBytes];

    std::size_t room() const { return kBlockBytes - end; }
    std::size_t size() const { return end - begin; }
  };
  using BlockPtr = std::unique_ptr<Block>;

  explicit BlockPool(MemoryBudget& budget) : budget_(budget) {}

  BlockPtr take();
  void give_back(BlockPtr block);
  /// A block that was taken does not come back: libuv had it when its socket was closed.
  void forget() { budget_.remove(kBlockBytes); }

 private:
  MemoryBudget& budget_;
  static constexpr std::size_t kMaxKept = 64;
  std::vector<BlockPtr> free_;
};

}  // namespace brink::http
