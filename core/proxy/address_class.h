#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/ip_address.h"

namespace brink::proxy {

/// Who may be reached at an address.
enum class Reach : std::uint8_t {
  kPublic,   ///< a host of the internet
  kPrivate,  ///< this machine, or a network that an organisation runs for itself
  kSpecial,  ///< what no ordinary server has: link-local, multicast, reserved, for documentation
             ///< ...
};

/// What kind of address it is.
struct AddressClass {
  Reach reach = Reach::kPublic;
  std::string_view name;              ///< "loopback (RFC 1122)", of `embedded` if it is there
  std::optional<IpAddress> embedded;  ///< the IPv4 address that the address carries, if it does
  std::string_view carrier;           ///< how: "6to4 (RFC 3056)"

  /// "loopback (RFC 1122)", "6to4 (RFC 3056) of 10.0.0.1, private (RFC 1918)".
  std::string describe() const;
};

/// By the IANA registries of special-purpose addresses. An address that carries an IPv4 address is
/// at best what that one is, whatever gateway would take the packets there.
AddressClass classify(const IpAddress& address);

}  // namespace brink::proxy
