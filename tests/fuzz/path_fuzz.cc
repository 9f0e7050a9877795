// A client's request target: its normal form, the app that it chooses, routes, percent-encoding.
#include <array>
#include <optional>
#include <string>

#include "core/proxy/app_table.h"
#include "core/proxy/routes.h"
#include "core/url/percent.h"
#include "core/url/target.h"
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

const proxy::AppTable& apps() {
  static const proxy::AppTable built = [] {
    proxy::AppTable table;
    table.add("*", "/", 0);
    table.add("*", "/admin", 1);
    table.add("*", "/api/users", 2);
    return table;
  }();
  return built;
}

void check_percent(std::string_view text) {
  const auto decoded = url::percent_decode(text);
  if (!decoded) return;
  FUZZ_CHECK(decoded->size() <= text.size());
  FUZZ_CHECK(url::percent_decoded_equals(text, *decoded));
  FUZZ_CHECK(!url::percent_decoded_equals(text, *decoded + "x"));
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

// What normal paths never have.
void check_normal(std::string_view path) {
  FUZZ_CHECK(possible(path) && !path.contains("//") && !path.contains('\\'));
  for (std::string_view rest = path; !rest.empty();) {
    rest.remove_prefix(1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    FUZZ_CHECK(segment != "." && segment != "..");
    rest.remove_prefix(segment.size());
  }
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto byte = url::escaped_byte(path.substr(i));
    FUZZ_CHECK(!byte || (*byte >= 0x20 && *byte != 0x7f));
  }
}

// The app for the path as the most usual origins decode and resolve it: once, slashes merged.
std::optional<std::size_t> served_app(std::string_view path) {
  std::string decoded = url::percent_decode_lenient(path);
  std::erase(decoded, '\0');
  std::string escaped;
  for (const char c : decoded) {
    const bool plain = c > ' ' && c < 0x7f && c != '%' && c != '?' && c != '#';
    escaped += plain ? std::string(1, c) : std::string("_");
  }
  std::string storage;
  const url::Target served = url::normalize(escaped, url::EscapedSlashes::kKeep, storage);
  FUZZ_CHECK(served.form != url::Target::Form::kRefused);
  const auto app = apps().find("a", url::path_of(served.text));
  return app ? *app : std::nullopt;
}

// Either everybody agrees which app it is, or none answers.
void check_app(std::string_view path) {
  const auto app = apps().find("a", path);
  if (!app) {
    FUZZ_CHECK(app.error().code == ErrorCode::kBadRequest);
    return;
  }
  FUZZ_CHECK(*app);
  const std::optional<std::size_t> served = served_app(path);
  FUZZ_CHECK(!served || *served == **app);
}

void check_readings(std::string_view path) {
  const auto readings = url::other_readings(path);
  if (!readings) return;
  FUZZ_CHECK(readings->size() < 100);
  for (const std::string& reading : *readings) {
    FUZZ_CHECK(reading != path && url::as_utf8(reading) == reading);
  }
}

void check_target(std::string_view target, url::EscapedSlashes slashes) {
  std::string storage;
  const url::Target normal = url::normalize(target, slashes, storage);
  if (normal.form == url::Target::Form::kRefused) return;
  const std::size_t query = std::min(target.find('?'), target.size());
  FUZZ_CHECK(normal.text.ends_with(target.substr(query)));
  const std::string_view path = url::path_of(normal.text);
  check_normal(path);
  std::string again_storage;
  const url::Target again = url::normalize(normal.text, slashes, again_storage);
  FUZZ_CHECK(again.form == url::Target::Form::kNormal && again.text == normal.text);
  check_readings(path);
  check_app(path);
}

}  // namespace

void path(std::string_view input) {
  const ExactCopy copy(input);
  const std::string_view target = copy.view();
  check_percent(target);
  check_route(target);
  if (!possible(target)) return;
  for (const auto slashes :
       {url::EscapedSlashes::kKeep, url::EscapedSlashes::kRedirect, url::EscapedSlashes::kReject}) {
    check_target(target, slashes);
  }
}

}  // namespace brink::fuzz
