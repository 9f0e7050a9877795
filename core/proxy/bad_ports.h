#pragma once

#include <cstdint>

namespace brink::proxy {

/// Ports of protocols that an HTTP request could be smuggled into (Fetch standard, "port
/// blocking").
bool is_bad_port(std::uint16_t port);

}  // namespace brink::proxy
