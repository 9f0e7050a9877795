#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/proxy/matcher.h"

#include <pcre2.h>
#include <simdutf.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/url/target.h"

namespace brink::proxy {
namespace {

constexpr std::size_t kMaxSources = 256;
constexpr std::size_t kMaxRegexp_bytes = 32 * 1024;
// Reached within milliseconds by the worst patterns; an ordinary matcher needs some hundred steps.
constexpr std::uint32_t kMatchLimit = 250'000;
constexpr std::uint32_t kLeastMatchLimit = 10'000;
constexpr std::uint32_t kDepthLimit = 1'000;
constexpr std::uint32_t kHeapLimit_kib = 1'024;
constexpr std::size_t kMaxCompiled_bytes = 1024 * 1024;

template <auto fn>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    fn(pointer);
  }
};
using Code = std::unique_ptr<pcre2_code, Free<pcre2_code_free>>;
using CompileContext = std::unique_ptr<pcre2_compile_context, Free<pcre2_compile_context_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Free<pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Free<pcre2_match_data_free>>;

// What JavaScript's syntax without flags and PCRE2's read in the same way, or what PCRE2's options
// below make so. A letter after a backslash outside of this list means something else in one of the
// two.
constexpr std::string_view kCommonEscapes = "bBcdDfknrsStuvwWx";

PCRE2_SPTR bytes(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

std::optional<std::string> foreign_syntax(std::string_view regexp) {
  for (std::size_t i = 0; i + 1 < regexp.size(); ++i) {
    const std::string_view rest = regexp.substr(i);
    if (rest[0] == '\\') {
      const char c = rest[1];
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (letter && !kCommonEscapes.contains(c)) return std::string("the escape \\") + c;
      ++i;
      continue;
    }
    for (const std::string_view start : {"(*", "(?>", "(?|", "(?#", "(?P", "(?R", "(?&", "(?(",
                                         "(?+", "(?C", "[[:", "[[.", "[[="}) {
      if (rest.starts_with(start)) return std::string(start);
    }
  }
  return std::nullopt;
}

std::string error_text(int number) {
  PCRE2_UCHAR text[256];
  if (pcre2_get_error_message(number, text, sizeof text) < 0)
    return "error " + std::to_string(number);
  return reinterpret_cast<const char*>(text);
}

}  // namespace

struct Matcher::Impl {
  bool run(const Code& code, std::string_view path) {
    const int found = pcre2_match(code.get(), bytes(path), path.size(), 0, PCRE2_NO_UTF_CHECK,
                                  data.get(), context.get());
    if (found == PCRE2_ERROR_NOMATCH) return false;
    if (found < 0) ++limit_hits;  // match, depth or heap limit, or the JIT's stack: fail closed
    return true;
  }

  bool any(std::string_view path) {
    for (const Code& code : codes) {
      if (run(code, path)) return true;
    }
    return false;
  }

  // All together may take as many steps as one path.
  bool any(std::span<const std::string> paths) {
    if (paths.empty()) return false;
    const auto count = static_cast<std::uint32_t>(paths.size());
    pcre2_set_match_limit(context.get(), std::max(kMatchLimit / count, kLeastMatchLimit));
    const bool found =
        std::ranges::any_of(paths, [this](const std::string& path) { return any(path); });
    pcre2_set_match_limit(context.get(), kMatchLimit);
    return found;
  }

  std::vector<Code> codes;
  MatchContext context;
  MatchData data;
  std::uint64_t limit_hits = 0;
};

Matcher::Matcher() = default;
Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;

Result<Matcher> Matcher::compile(std::span<const MatcherSource> sources) {
  if (sources.size() > kMaxSources) {
    return fail(ErrorCode::kMatcherInvalid,
                "config.matcher has more than " + std::to_string(kMaxSources) + " entries");
  }
  auto impl = std::make_unique<Impl>();
  impl->context.reset(pcre2_match_context_create(nullptr));
  impl->data.reset(pcre2_match_data_create(1, nullptr));
  const CompileContext context(pcre2_compile_context_create(nullptr));
  if (!impl->context || !impl->data || !context)
    return fail(ErrorCode::kSystem, "PCRE2: out of memory");
  pcre2_set_match_limit(impl->context.get(), kMatchLimit);
  pcre2_set_depth_limit(impl->context.get(), kDepthLimit);
  pcre2_set_heap_limit(impl->context.get(), kHeapLimit_kib);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANYCRLF);  // what '.' leaves out
  pcre2_set_max_pattern_length(context.get(), kMaxRegexp_bytes);
  pcre2_set_max_pattern_compiled_length(context.get(), kMaxCompiled_bytes);

  // As JavaScript has them: "[]" and "[^]" are classes, "$" is the very end, a back reference to a
  // group that took no part matches nothing, \x and \u have JavaScript's forms.
  constexpr std::uint32_t kOptions = PCRE2_UTF | PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS |
                                     PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF |
                                     PCRE2_NEVER_BACKSLASH_C;
  for (const MatcherSource& source : sources) {
    const auto refuse = [&](std::string_view why) {
      return fail(ErrorCode::kMatcherInvalid, "config.matcher \"" +
                                                  std::string(source.source.substr(0, 200)) +
                                                  "\": " + std::string(why));
    };
    if (source.regexp.size() > kMaxRegexp_bytes)
      return refuse("its regular expression is longer than 32 KiB");
    if (auto syntax = foreign_syntax(source.regexp)) {
      return refuse(*syntax + " is not supported in a matcher (in /" + std::string(source.regexp) +
                    "/)");
    }
    int error = 0;
    PCRE2_SIZE offset = 0;
    Code code(pcre2_compile(bytes(source.regexp), source.regexp.size(), kOptions, &error, &offset,
                            context.get()));
    if (!code) {
      return refuse(error_text(error) + " at offset " + std::to_string(offset) + " of /" +
                    std::string(source.regexp) + "/");
    }
    // Without the JIT (a kernel that forbids it) the interpreter matches the same, only slower.
    static_cast<void>(pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE));
    impl->codes.push_back(std::move(code));
  }
  Matcher matcher;
  matcher.impl_ = std::move(impl);
  return matcher;
}

bool Matcher::matches(std::string_view path) {
  if (!impl_ || impl_->codes.empty()) return false;
  if (!simdutf::validate_utf8(path.data(), path.size())) return true;
  if (impl_->any(path)) return true;
  const auto readings = url::other_readings(path);
  return !readings || impl_->any(*readings);
}

std::uint64_t Matcher::limit_hits() const { return impl_ ? impl_->limit_hits : 0; }

}  // namespace brink::proxy
