#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace brink {

// Eight bytes of text at a time, as one number. Each test is not 0 when one of the eight passes it.

inline std::uint64_t load_eight(const char* bytes) {
  std::uint64_t eight;
  std::memcpy(&eight, bytes, sizeof eight);
  return eight;
}

/// All bytes of a text of 4 to 8, some of them twice.
inline std::uint64_t load_four_to_eight(const char* bytes, std::size_t size) {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::memcpy(&first, bytes, sizeof first);
  std::memcpy(&last, bytes + size - sizeof last, sizeof last);
  return std::uint64_t{first} << 32 | last;
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

/// 0x80 where a byte is an ASCII letter.
constexpr std::uint64_t letters_of(std::uint64_t eight) {
  const std::uint64_t lower = (eight | eight_times(0x20)) & eight_times(0x7f);
  return (lower + eight_times(0x80 - 'a')) & ~(lower + eight_times(0x7f - 'z')) & ~eight &
         eight_times(0x80);
}

/// True when each of the eight is an ASCII letter or '-', as most bytes of field names are.
constexpr bool all_letters_or_dashes(std::uint64_t eight) {
  if (any_above_127(eight) != 0) return false;
  const std::uint64_t but_dashes = (eight ^ eight_times('-')) + eight_times(0x7f);
  return ((letters_of(eight) | ~but_dashes) & eight_times(0x80)) == eight_times(0x80);
}

/// With ASCII letters in lower case.
constexpr std::uint64_t lower_case(std::uint64_t eight) { return eight | letters_of(eight) >> 2; }

/// True when the two differ in nothing but the case of ASCII letters.
constexpr bool same_but_for_case(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t difference = a ^ b;
  if (difference == 0) return true;
  if ((difference & ~eight_times(0x20)) != 0) return false;
  return (difference << 2 & ~letters_of(a)) == 0;
}

}  // namespace brink
