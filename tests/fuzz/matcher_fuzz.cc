// Regular expressions from a hostile worker (one a line) and a path (the last line).
#include <ctime>
#include <string>
#include <vector>

#include "core/proxy/matcher.h"
#include "core/url/percent.h"
#include "tests/fuzz/target.h"

namespace brink::fuzz {
namespace {

// A path is tried twice, raw and decoded. Sanitizers and the interpreter are slow: an ordinary
// build with the JIT needs a twentieth of this.
constexpr long kMostPerExpression_ms = 400;

long cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

void matcher(std::string_view input) {
  std::vector<proxy::MatcherSource> sources;
  const ExactCopy copy(input);
  Input in(copy.view());
  std::string_view path;
  while (!in.empty()) {
    path = in.text_until('\n');
    if (!in.empty()) sources.push_back({"source", path});
  }
  const long before_ms = cpu_ms();
  Result<proxy::Matcher> compiled = proxy::Matcher::compile(sources);
  const long compiled_ms = cpu_ms();
  const long most_ms = kMostPerExpression_ms * (1 + static_cast<long>(sources.size()));
  FUZZ_CHECK(compiled_ms - before_ms < most_ms);
  if (!compiled) {
    FUZZ_CHECK(compiled.error().code == ErrorCode::kMatcherInvalid);
    FUZZ_CHECK(!compiled.error().message.empty());
    return;
  }
  const bool selected = compiled->matches(path);
  FUZZ_CHECK(cpu_ms() - compiled_ms < most_ms);
  FUZZ_CHECK(selected || compiled->limit_hits() == 0);  // fails closed
  FUZZ_CHECK(compiled->matches(path) == selected);
  // No encoding of a path slips past what selects the path itself.
  const auto decoded = url::percent_decode(path);
  if (decoded && !decoded->contains('%')) FUZZ_CHECK(!compiled->matches(*decoded) || selected);
}

}  // namespace brink::fuzz
