// A client's request target: dot segments, routes, percent-encoding.
#include <array>
#include <string>

#include "core/base/arena.h"
#include "core/proxy/percent.h"
#include "core/proxy/request_view.h"
#include "core/proxy/routes.h"
#include "tests/fuzz/target.h"

namespace brink::fuzz {
namespace {

const proxy::Routes& routes() {
  static const proxy::Routes built = [] {
    const std::array<std::string, 8> patterns = {
        "/api",         "/api/users/[id]",  "/api/users/me",      "/api/users/[id]/posts",
        "/api/[a]/[b]", "/api/x/[...rest]", "/api/y/[[...rest]]", "/api/[a]/[b]/c/d"};
    Result<proxy::Routes> result = proxy::Routes::build(patterns);
    FUZZ_CHECK(result);
    return *std::move(result);
  }();
  return built;
}

bool is_dots(std::string_view segment) {
  std::string plain;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const std::string_view escape = segment.substr(i, 3);
    const bool dot = escape == "%2e" || escape == "%2E";
    plain += dot ? '.' : segment[i];
    if (dot) i += 2;
  }
  return plain == "." || plain == "..";
}

void check_percent(std::string_view text) {
  const auto decoded = proxy::percent_decode(text);
  if (!decoded) return;
  FUZZ_CHECK(decoded->size() <= text.size());
  FUZZ_CHECK(proxy::percent_decoded_equals(text, *decoded));
  FUZZ_CHECK(!proxy::percent_decoded_equals(text, *decoded + "x"));
}

void check_route(std::string_view path) {
  const auto found = routes().match(path);
  if (!found) {
    FUZZ_CHECK(found.error().code == ErrorCode::kBadRequest);
  } else if (*found) {
    FUZZ_CHECK((*found)->entry < 8);
    for (const proxy::RouteParam& param : (*found)->params) FUZZ_CHECK(!param.name.empty());
  }
}

// As read_request_head() lets a target through.
bool possible(std::string_view target) {
  for (const char c : target) {
    if (c <= ' ' || c >= 0x7f || c == '#') return false;
  }
  return target.starts_with('/');
}

}  // namespace

void path(std::string_view input) {
  const ExactCopy copy(input);
  const std::string_view target = copy.view();
  check_percent(target);
  check_route(target);
  if (!possible(target)) return;
  Arena arena;
  const std::string_view normal = proxy::normalized_target(target, arena);
  FUZZ_CHECK(possible(normal));
  FUZZ_CHECK(proxy::normalized_target(normal, arena) == normal);
  const std::size_t query = std::min(target.find('?'), target.size());
  FUZZ_CHECK(normal.ends_with(target.substr(query)));
  std::string_view normal_path = normal.substr(0, normal.find('?'));
  FUZZ_CHECK(!normal_path.contains('\\'));
  while (!normal_path.empty()) {
    normal_path.remove_prefix(1);
    const std::string_view segment = normal_path.substr(0, normal_path.find('/'));
    FUZZ_CHECK(!is_dots(segment));
    normal_path.remove_prefix(segment.size());
  }
}

}  // namespace brink::fuzz
