#pragma once

#include <cstdint>
#include <cstring>

namespace brink {

// Eight bytes of text at a time, as one number. Each test is not 0 when one of the eight passes it.

inline std::uint64_t load_eight(const char* bytes) {
  std::uint64_t eight;
  std::memcpy(&eight, bytes, sizeof eight);
  return eight;
}

constexpr std::uint64_t eight_times(unsigned char byte) {
  return std::uint64_t{0x0101010101010101} * byte;
}

constexpr std::uint64_t any_above_127(std::uint64_t eight) { return eight & eight_times(0x80); }
/// For `n` up to 128.
constexpr std::uint64_t any_below(std::uint64_t eight, unsigned char n) {
  return (eight - eight_times(n)) & ~eight & eight_times(0x80);
}
constexpr std::uint64_t any_is(std::uint64_t eight, unsigned char byte) {
  return any_below(eight ^ eight_times(byte), 1);
}

}  // namespace brink
