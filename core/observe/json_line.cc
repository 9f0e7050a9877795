#include "core/observe/json_line.h"

#include <chrono>

#include "core/base/eight_bytes.h"

namespace brink {

namespace {

constexpr bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

// How many bytes from the start need no escape; may say less.
std::size_t plain_prefix(std::string_view text) {
  std::size_t size = 0;
  for (; size + 8 <= text.size(); size += 8) {
    const std::uint64_t eight = load_eight(text.data() + size);
    const std::uint64_t special = any_below(eight, 0x20) | any_is(eight, '"') |
                                  any_is(eight, '\\') | any_is(eight, 0x7f) | any_above_127(eight);
    if (special != 0) return size;
  }
  while (size < text.size() && is_plain(static_cast<unsigned char>(text[size]))) ++size;
  return size;
}

}  // namespace

void LineWriter::escaped(std::string_view text, std::size_t max_bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const bool cut = text.size() > max_bytes;
  if (cut) text = text.substr(0, max_bytes);
  std::size_t plain = 0;  // start of bytes that need no escape
  for (std::size_t i = plain_prefix(text); i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (is_plain(c)) continue;
    raw(text.substr(plain, i - plain));
    plain = i + 1;
    if (c == '"') {
      raw("\\\"");
    } else if (c == '\\') {
      raw("\\\\");
    } else {
      const char escape[] = {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
      raw({escape, sizeof escape});
    }
  }
  raw(text.substr(plain));
  if (cut) raw("...");
}

void LineWriter::digits(std::uint64_t value, unsigned width) {
  char text[20];
  for (unsigned i = width; i-- > 0; value /= 10) text[i] = static_cast<char>('0' + value % 10);
  raw({text, width});
}

void LineWriter::time(std::uint64_t time_us) {
  using std::chrono::days;
  const std::chrono::microseconds since_1970{time_us};
  const auto day = std::chrono::floor<days>(since_1970);
  const std::chrono::year_month_day date{std::chrono::sys_days{day}};
  const std::chrono::hh_mm_ss clock{since_1970 - day};
  digits(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4), raw("-");
  digits(static_cast<unsigned>(date.month()), 2), raw("-");
  digits(static_cast<unsigned>(date.day()), 2), raw("T");
  digits(static_cast<std::uint64_t>(clock.hours().count()), 2), raw(":");
  digits(static_cast<std::uint64_t>(clock.minutes().count()), 2), raw(":");
  digits(static_cast<std::uint64_t>(clock.seconds().count()), 2), raw(".");
  digits(static_cast<std::uint64_t>(clock.subseconds().count()) / 1000, 3), raw("Z");
}

std::string_view TimeText::of(std::uint64_t time_us) {
  constexpr std::size_t kUpToSecond = std::string_view("2026-01-31T12:00:00.").size();
  const std::uint64_t second = time_us / 1'000'000;
  LineWriter text(text_);
  if (second != second_) {
    second_ = second;
    text.time(time_us);
  } else {
    text = LineWriter(std::span(text_).subspan(kUpToSecond));
    text.digits(time_us / 1000 % 1000, 3);
  }
  return {text_.data(), text_.size()};
}

}  // namespace brink
