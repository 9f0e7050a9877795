#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <span>
#include <string_view>

namespace brink {

/// Bytes that live as long as one request: allocation is a pointer's move, freeing is all at once.
/// The first 2 KiB are inside the object. One thread.
class Arena {
 public:
  Arena() : resource_(first_.data(), first_.size()) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* bytes = allocate(text.size());
    std::memcpy(bytes, text.data(), text.size());
    return {bytes, text.size()};
  }

  /// The texts one after the other.
  template <typename... Texts>
  std::string_view concat(const Texts&... texts) {
    const std::size_t size = (std::string_view(texts).size() + ...);
    char* const bytes = allocate(size);
    char* at = bytes;
    const auto append = [&at](std::string_view text) {
      if (!text.empty()) std::memcpy(at, text.data(), text.size());
      at += text.size();
    };
    (append(texts), ...);
    return {bytes, size};
  }

  /// `first` and the others, with the separator before each of these.
  std::string_view join(std::string_view first, std::string_view separator,
                        std::span<const std::string_view> others) {
    std::size_t size = first.size();
    for (const std::string_view text : others) size += separator.size() + text.size();
    char* const bytes = allocate(size);
    char* at = bytes + first.copy(bytes, first.size());
    for (const std::string_view text : others) {
      at += separator.copy(at, separator.size());
      at += text.copy(at, text.size());
    }
    return {bytes, size};
  }

 private:
  char* allocate(std::size_t size) { return static_cast<char*>(resource_.allocate(size, 1)); }

  std::array<char, 2048> first_;
  std::pmr::monotonic_buffer_resource resource_;
};

}  // namespace brink
