#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace brink::proxy {

/// Which app answers for a host and a path. Of the entries that match, the one with the most
/// specific host wins (the name itself, then the longest "*.suffix", then "*"), and of those the
/// one with the longest path. What a look-up costs depends on the request, not on the number of
/// entries. Filled at start, then constant; owned by the edge.
class AppTable {
 public:
  /// `host` and `path` as Config has them; no pair is added twice.
  void add(std::string_view host, std::string_view path, std::size_t app);

  /// `host` as in a Host header, may be empty; `target` as on the wire. A prefix is compared with
  /// the path as the most generous origin would read it: decoded, with '\\' as '/', repeated
  /// slashes as one, dot segments resolved. So no spelling gets round the app that guards a path.
  std::optional<std::size_t> find(std::string_view host, std::string_view target) const;

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

    std::optional<std::size_t> find(std::string_view plain_path) const;
  };

  Map<Paths> names_;
  Map<Paths> wildcards_;         // "example.com" for "*.example.com"
  Paths others_;                 // of "*"
  std::size_t most_labels_ = 0;  // of a wildcard
  bool has_prefixes_ = false;
};

/// The path of a request target as AppTable compares it. `storage` holds it when it differs.
std::string_view plain_path(std::string_view target, std::string& storage);

}  // namespace brink::proxy
