#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace brink::proxy {

/// A route parameter, percent-decoded. A catch-all gives one per segment, all with its name.
struct RouteParam {
  std::string name;
  std::string value;
  bool operator==(const RouteParam&) const = default;
};

struct RouteMatch {
  std::size_t entry = 0;           ///< index in the list that Routes::build() got
  std::vector<RouteParam> params;  ///< in the order of the pattern
  /// The path ends with a '/' that the pattern does not have: Next.js answers 308 to the path
  /// without.
  bool trailing_slash = false;
};

/// The handlers' route patterns as a tree (Next.js: "Dynamic Routes", "Dynamic API routes"). At
/// each segment a static name wins over [name], that over [...name], that over [[...name]]; when
/// the rest of the path does not fit, the next kind is tried. Immutable after build(); owned by the
/// edge.
class Routes {
 public:
  Routes();
  ~Routes();
  Routes(Routes&&) noexcept;
  Routes& operator=(Routes&&) noexcept;

  /// `patterns` as in HandlerFile::route_pattern. kAppInvalid, naming the patterns at fault: two
  /// names for the parameter at one place, a catch-all that is not last, a name twice in one
  /// pattern, [[name]] without dots, the same pattern twice, "[[...a]]" beside its own static
  /// folder.
  static Result<Routes> build(std::span<const std::string> patterns);

  /// `path` is the request's path, raw, without the query. Segments are compared percent-decoded
  /// ("%2F" does not separate). nullopt: no handler's; nothing was allocated. kBadRequest: a
  /// handler's path, but a parameter is not valid percent-encoded UTF-8 (Next.js answers 400 as
  /// well).
  Result<std::optional<RouteMatch>> match(std::string_view path) const;

  bool empty() const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

}  // namespace brink::proxy
