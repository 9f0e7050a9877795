#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "core/base/arena.h"

namespace brink {

/// The number's digits, in the arena.
inline std::string_view decimal(std::uint64_t number, Arena& arena) {
  std::array<char, 20> digits;
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return arena.copy({digits.data(), end});
}

}  // namespace brink
