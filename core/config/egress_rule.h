#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/ip_address.h"

namespace brink {

/// One entry of egress.allow or egress.deny: which targets it is about. A plain value.
struct EgressRule {
  std::string text;              ///< as written
  std::string name;              ///< lower case; with a leading dot: the names that end so
  std::optional<IpBlock> block;  ///< then `name` is empty
  std::optional<std::uint16_t> port;

  /// "example.com", "*.example.com", "10.0.0.1", "10.0.0.0/8", "fd00::/8", each with ":443" behind
  /// it (IPv6 then in brackets: "[fd00::/8]:443"). An error says what would be right ("must be
  /// ...").
  static std::expected<EgressRule, std::string> parse(std::string_view text);

  /// The one way to write it, which says what it means: "8.0.0.1" for "010.0.0.1", IPv6 in
  /// brackets.
  std::string canonical() const;

  /// `host` as in a URL that was parsed: lower case, perhaps with a dot at its end.
  bool matches_name(std::string_view host, std::uint16_t target_port) const;
  bool matches_address(const IpAddress& address, std::uint16_t target_port) const;
};

/// One entry of egress.ports. A plain value.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;

  /// "443" or "8000-8999".
  static std::expected<PortRange, std::string> parse(std::string_view text);
  std::string canonical() const;
  bool contains(std::uint16_t port) const { return first <= port && port <= last; }
};

}  // namespace brink
