#include "core/http/block_pool.h"

#include <utility>

namespace brink::http {

BlockPool::BlockPtr BlockPool::take() {
  budget_.add(kBlockBytes);
  // Not value-initialized: zeroing 16 KiB per use would cost more than the copy into it.
  if (free_.empty()) return BlockPtr(new Block);
  BlockPtr block = std::move(free_.back());
  free_.pop_back();
  block->begin = block->end = 0;
  return block;
}

void BlockPool::give_back(BlockPtr block) {
  budget_.remove(kBlockBytes);
  if (free_.size() < kMaxKept) free_.push_back(std::move(block));
}

}  // namespace brink::http
