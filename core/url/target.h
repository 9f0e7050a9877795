#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The one reading of a request's path. The choice of the app, matchers, routes, what scripts see
/// and what the origin gets all start from normalize(); what an origin may make of the rest is
/// other_readings(). Pure functions; any thread.
namespace brink::url {

/// What becomes of "%2F" and "%5C" in a client's path, which some origins read as slashes
/// (configuration key escaped_slashes; Envoy: path_with_escaped_slashes_action).
enum class EscapedSlashes : std::uint8_t {
  kKeep,      ///< they stay part of their segment
  kRedirect,  ///< the client is sent to the path with plain slashes
  kReject,    ///< 400
};

/// A request target, read.
struct Target {
  enum class Form : std::uint8_t {
    kNormal,    ///< to be served as `text`
    kRedirect,  ///< had repeated slashes or backslashes: the client has to ask for `text`
    kRefused,   ///< is not to be served; `text` says why
  };
  Form form = Form::kNormal;
  std::string_view text;
};

/// Reads an origin-form target ("/path?query"; anything else, "*", is left alone). Of its path, in
/// this order: escapes of unreserved characters are decoded and other escapes get capital digits
/// (RFC 3986 sections 6.2.2.1 and 6.2.2.2), backslashes become slashes, repeated slashes one, dot
/// segments are resolved. The query stays as it is. Refused: escaped control characters, and what
/// `slashes` refuses. `text` begins with exactly one slash and normalises to itself; it lies in
/// `storage` where it differs from `target`, which may be a view of `storage`. A clean path is
/// scanned once, and nothing is allocated for it.
Target normalize(std::string_view target, EscapedSlashes slashes, std::string& storage);

/// The target without its query.
inline std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}

/// The path of the page whose data a path with a suffix of Next.js's App Router asks for: without
/// ".rsc" or ".segments/NAME.segment.rsc".
std::string_view page_path(std::string_view path);

/// The path in letters: percent-decoded but for "%2F", "%5C", "%25" and "%3B". How the most literal
/// origin reads a normal path.
std::string literal_reading(std::string_view path);

/// What origins may take a normal path for, besides itself: percent-decoded once or twice, "%2F"
/// and "%5C" as slashes, repeated slashes as one or not, ";parameters" of segments left out, dot
/// segments that come to light resolved, page_path(), the page of "/_next/data/BUILD/page.json".
/// All are UTF-8 (what is not becomes U+FFFD) and differ from each other and from `path`. Empty for
/// most paths. nullopt: the path is ambiguous and too long to be read in every way.
std::optional<std::vector<std::string>> other_readings(std::string_view path);

}  // namespace brink::url
