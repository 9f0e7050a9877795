#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

/// Fuzz targets. Each is one function in NAME_fuzz.cc that takes any bytes, drives one part of
/// core/ with them and checks what must hold; a crash, a sanitizer's complaint or a failed check is
/// a bug. libFuzzer calls one in each program of the preset `fuzz`; corpus_test calls all of them
/// with the kept inputs (corpus/NAME/) in every build.
namespace brink::fuzz {

/// Every target: the name of its file, its function and its corpus.
// clang-format off
#define BRINK_FUZZ_TARGETS(X) X(config) X(log_line) X(matcher) X(path) X(request) X(response) X(ring) X(url) X(work)
// clang-format on

#define BRINK_DECLARE(name) void name(std::string_view input);
BRINK_FUZZ_TARGETS(BRINK_DECLARE)
#undef BRINK_DECLARE

[[noreturn]] inline void check_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, what);
  std::abort();
}

/// As assert(), in every build.
#define FUZZ_CHECK(condition) \
  ((condition) ? void() : ::brink::fuzz::check_failed(#condition, __FILE__, __LINE__))

/// Takes an input apart, from its front. What is asked for past its end is zeros, or less text.
class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  std::string_view text(std::size_t size) {
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  /// Up to the separator, which is taken too.
  std::string_view text_until(char separator) {
    const std::string_view taken = bytes_.substr(0, bytes_.find(separator));
    bytes_.remove_prefix(taken.size() == bytes_.size() ? taken.size() : taken.size() + 1);
    return taken;
  }
  std::string_view rest() { return text(bytes_.size()); }
  template <class T = std::uint8_t>
  T number() {
    T value{};
    const std::string_view raw = text(sizeof value);
    if (!raw.empty()) std::memcpy(&value, raw.data(), raw.size());
    return value;
  }

 private:
  std::string_view bytes_;
};

/// A copy in memory of exactly its size, where a read past the end is found.
class ExactCopy {
 public:
  explicit ExactCopy(std::string_view text) : bytes_(text.begin(), text.end()) {}
  std::string_view view() const { return {bytes_.data(), bytes_.size()}; }

 private:
  const std::vector<char> bytes_;
};

}  // namespace brink::fuzz
