#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "core/base/result.h"

namespace brink::proxy {

/// One entry of config.matcher: as the user wrote it, and the regular expression made of it
/// (JavaScript syntax without flags, as Next.js compiles it with path-to-regexp).
struct MatcherSource {
  std::string_view source;
  std::string_view regexp;
};

/// Decides for which paths the middleware runs (Next.js: "Matcher"). The expressions come from the
/// app, so they run under PCRE2's match and depth limits. Owned by the edge; used on the loop's
/// thread (the match data is reused from call to call).
///
/// Fails closed: a path that reaches a limit, or that is not UTF-8, is selected, so that no path
/// slips past a middleware that checks who may see it.
class Matcher {
 public:
  /// Selects nothing.
  Matcher();
  ~Matcher();
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;

  /// kMatcherInvalid with the source, PCRE2's message and the offset; also for syntax that means
  /// something else in PCRE2 than in JavaScript.
  static Result<Matcher> compile(std::span<const MatcherSource> sources);

  /// True when an expression matches the path, or one of those that an origin may take it for
  /// (url::other_readings(): also what decodeURIComponent makes of it, as in Next.js), or when they
  /// are too many to be tried. `path` is normal, without the query.
  bool matches(std::string_view path);

  /// How many calls were selected because a limit was reached.
  std::uint64_t limit_hits() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace brink::proxy
