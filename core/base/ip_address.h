#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace brink {

/// An IPv4 or IPv6 address, without port and zone. A plain value.
class IpAddress {
 public:
  static constexpr unsigned kV4Bits = 32;
  static constexpr unsigned kV6Bits = 128;

  /// The strict forms of inet_pton(3): "192.0.2.1", "2001:db8::1"; no brackets, no zone.
  static std::optional<IpAddress> parse(std::string_view text);
  /// nullopt for another family than AF_INET and AF_INET6.
  static std::optional<IpAddress> from_sockaddr(const sockaddr_storage& address);
  /// The IPv4 address in the four bytes of this IPv6 address at `offset`, at most 12.
  IpAddress v4_at(std::size_t offset) const;
  /// IPv4-mapped: ::ffff:0:0/96 (RFC 4291 section 2.5.5.2).
  bool is_mapped() const;
  /// For an IPv4-mapped address the IPv4 address that the kernel connects to; else itself.
  IpAddress unmapped() const;
  /// All bits turned over, as Teredo hides an IPv4 address (RFC 4380 section 4).
  IpAddress inverted() const;

  /// All bits after the first `prefix_bits` cleared.
  IpAddress network(unsigned prefix_bits) const;

  bool is_v4() const { return bits_ == kV4Bits; }
  unsigned bits() const { return bits_; }
  /// Of the same family, and the first `prefix_bits` are the same.
  bool shares_prefix(const IpAddress& other, unsigned prefix_bits) const;
  /// RFC 5952 for IPv6.
  std::string text() const;

  bool operator==(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};  // in network order; IPv4 in the first four
  unsigned bits_ = kV4Bits;
};

/// A block of addresses in CIDR notation. A plain value.
struct IpBlock {
  IpAddress base;
  unsigned prefix_bits = IpAddress::kV4Bits;

  /// "10.0.0.0/8", "fd00::/8", or one address. A block of IPv4-mapped addresses becomes the IPv4
  /// block. nullopt also when the address has bits after the prefix.
  static std::optional<IpBlock> parse(std::string_view text);

  bool contains(const IpAddress& address) const { return base.shares_prefix(address, prefix_bits); }
};

}  // namespace brink
