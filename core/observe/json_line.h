#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace brink {

/// Appends to a buffer of fixed size; what does not fit is left out, and ok() is false from then
/// on. Lives within one function.
class LineWriter {
 public:
  explicit LineWriter(std::span<char> room)
      : begin_(room.data()), at_(begin_), end_(begin_ + room.size()) {}

  void raw(std::string_view text) {
    if (!ok_ || text.size() > static_cast<std::size_t>(end_ - at_)) {
      ok_ = false;
      return;
    }
    if (!text.empty()) std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void number(std::integral auto value) {
    const auto [end, error] = std::to_chars(at_, end_, value);
    if (error != std::errc{}) ok_ = false;
    if (ok_) at_ = end;
  }
  /// The text as the inside of a JSON string in printable ASCII: other bytes become \u00XX, and
  /// more than `max_bytes` of them end in "...".
  void escaped(std::string_view text, std::size_t max_bytes);
  /// Zero-padded.
  void digits(std::uint64_t value, unsigned width);
  /// "2026-01-31T12:00:00.000Z" of microseconds since 1970, UTC (RFC 3339).
  void time(std::uint64_t time_us);

  bool ok() const { return ok_; }
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
  char* end_;
  bool ok_ = true;
};

/// LineWriter::time() for times that mostly fall into the same second. One thread.
class TimeText {
 public:
  /// Valid until the next call.
  std::string_view of(std::uint64_t time_us);

 private:
  std::array<char, 24> text_{};
  std::uint64_t second_ = ~std::uint64_t{0};
};

}  // namespace brink
