#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

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

  BlockPtr take();
  void give_back(BlockPtr block);

 private:
  static constexpr std::size_t kMaxKept = 64;
  std::vector<BlockPtr> free_;
};

}  // namespace brink::http
