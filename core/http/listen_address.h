#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace brink::http {

/// Where a Server listens. A value.
struct ListenAddress {
  std::string unix_path;  ///< not empty: a Unix socket, and `socket_address` is not used
  sockaddr_storage socket_address{};
  bool any_host = false;  ///< ":8080": every address of this host, IPv6 and IPv4
};

/// Reads "127.0.0.1:8080", "[::1]:0", "localhost:80", ":8080" and "unix:/path". Error: kListen.
Result<ListenAddress> parse_listen_address(std::string_view text);

/// "127.0.0.1:8080", "[::1]:8080".
std::string format_address(const sockaddr_storage& address);
/// "127.0.0.1"; an IPv4 address in IPv6 form (::ffff:192.0.2.1) as IPv4.
std::string format_ip(const sockaddr_storage& address);

}  // namespace brink::http
