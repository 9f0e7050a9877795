#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace brink::load {

/// First in, first out, in one piece of memory that only grows: no allocation once it is as big as
/// it gets. One thread.
template <typename T>
class RingQueue {
 public:
  explicit RingQueue(std::size_t capacity = 16) : slots_(capacity) {}

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  void push(T value) {
    if (size_ == slots_.size()) grow();
    slots_[(first_ + size_) % slots_.size()] = value;
    ++size_;
  }
  /// Not when empty.
  T pop() {
    const T value = slots_[first_];
    first_ = (first_ + 1) % slots_.size();
    --size_;
    return value;
  }

 private:
  void grow() {
    std::vector<T> larger(slots_.size() * 2 + 1);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = slots_[(first_ + i) % slots_.size()];
    slots_ = std::move(larger);
    first_ = 0;
  }

  std::vector<T> slots_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace brink::load
