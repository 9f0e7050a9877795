#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace brink::load {

/// What a URL on the command line names.
struct Target {
  bool tls = false;
  std::string host;  ///< name or address, without brackets
  std::uint16_t port = 80;
  std::string host_header;  ///< as in a Host header: default port left out
  std::string path;         ///< path and query; never empty
  std::string href;         ///< the whole, normalised, without the fragment

  bool same_server(const Target& other) const {
    return tls == other.tls && host == other.host && port == other.port;
  }
};

/// An absolute http or https URL (WHATWG URL); "host:port/path" without a scheme is http. Error:
/// kUsage.
Result<Target> parse_target(std::string_view url);

/// Resolves the host and returns the first of its addresses that takes a connection; each gets
/// `timeout_ms`. Blocks; before the loop runs. Error: kOriginUnreachable, with every address's
/// reason.
Result<sockaddr_storage> find_address(const Target& target, std::uint64_t timeout_ms);

}  // namespace brink::load
