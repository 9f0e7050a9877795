#pragma once

#include <cstddef>
#include <cstdint>

namespace brink {

/// What the bytes that wait in one front may take together: those of bodies on their way to slow
/// clients, origins and workers. Each of these has a bound of its own; this one is for thousands of
/// them. It stops nobody who holds bytes already; who begins something new asks full(). One thread.
class MemoryBudget {
 public:
  void set_limit(std::size_t bytes) { limit_bytes_ = bytes; }
  std::size_t limit_bytes() const { return limit_bytes_; }

  void add(std::size_t bytes) { used_bytes_ += bytes; }
  void remove(std::size_t bytes) { used_bytes_ -= bytes; }
  std::size_t used_bytes() const { return used_bytes_; }
  bool full() const { return used_bytes_ >= limit_bytes_; }

 private:
  std::size_t limit_bytes_ = SIZE_MAX;
  std::size_t used_bytes_ = 0;
};

}  // namespace brink
