#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/result.h"

namespace brink::proxy {

/// Which app answers for a host and a path. Of the entries that match, the one with the most
/// specific host wins (the name itself, then the longest "*.suffix", then "*"), and of those the
/// one with the longest path. What a look-up costs depends on the request, not on the number of
/// entries. Filled at start, then constant; owned by the edge.
class AppTable {
 public:
  /// `host` and `path` as Config has them; no pair is added twice.
  void add(std::string_view host, std::string_view path, std::size_t app);

  /// `host` canonical, with or without a port, may be empty; `path` normal, or "*". nullopt: no
  /// app's. kBadRequest: an origin may take the path for one of another app
  /// (url::other_readings()). So no spelling gets round the app that guards a path.
  Result<std::optional<std::size_t>> find(std::string_view host, std::string_view path) const;

  /// Is the host in an entry by its own name? `name`: canonical, without port.
  bool names(std::string_view name) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  template <typename T>
  using Map = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  /// The entries of one host.
  struct Paths {
    std::optional<std::size_t> root;  // "/"
    Map<std::size_t> prefixes;
    std::size_t deepest = 0;  // segments of the longest prefix

    std::optional<std::size_t> find(std::string_view path) const;
  };

  std::optional<std::size_t> find_reading(std::string_view name, std::string_view path) const;

  Map<Paths> names_;
  Map<Paths> wildcards_;         // "example.com" for "*.example.com"
  Paths others_;                 // of "*"
  std::size_t most_labels_ = 0;  // of a wildcard
  bool has_prefixes_ = false;
};

}  // namespace brink::proxy
