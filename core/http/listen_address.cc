#include "core/http/listen_address.h"

#include <netinet/in.h>
#include <uv.h>

#include <array>
#include <charconv>
#include <memory>
#include <system_error>

namespace brink::http {
namespace {

std::unexpected<Error> bad(std::string_view text) {
  return fail(ErrorCode::kListen, "\"" + std::string(text) +
                                      "\" is not an address: write 127.0.0.1:8080, [::1]:8080, "
                                      ":8080 or unix:/path");
}

bool set_address(const std::string& host, int port, sockaddr_storage& out) {
  return uv_ip4_addr(host.c_str(), port, reinterpret_cast<sockaddr_in*>(&out)) == 0 ||
         uv_ip6_addr(host.c_str(), port, reinterpret_cast<sockaddr_in6*>(&out)) == 0;
}

std::uint16_t port_of(const sockaddr_storage& address) {
  // sin_port and sin6_port are at the same place.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress address;
  if (text.starts_with("unix:")) {
    address.unix_path = text.substr(5);
    if (address.unix_path.empty()) return bad(text);
    return address;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad(text);
  std::uint16_t port = 0;
  const std::string_view digits = text.substr(colon + 1);
  const char* end = std::to_address(digits.end());
  const auto [rest, error] = std::from_chars(std::to_address(digits.begin()), end, port);
  if (digits.empty() || error != std::errc() || rest != end) return bad(text);

  std::string host(text.substr(0, colon));
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return bad(text);
  }
  if (host.empty()) {
    address.any_host = true;
    host = "::";
  } else if (host == "localhost") {
    host = "127.0.0.1";
  }
  if (!set_address(host, port, address.socket_address)) return bad(text);
  return address;
}

std::string format_ip(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (uv_ip_name(reinterpret_cast<const sockaddr*>(&address), text.data(), text.size()) != 0) {
    return {};
  }
  const std::string_view ip(text.data());
  const bool mapped = ip.starts_with("::ffff:") && ip.find('.') != std::string_view::npos;
  return std::string(mapped ? ip.substr(7) : ip);
}

std::string format_address(const sockaddr_storage& address) {
  const std::string ip = format_ip(address);
  const std::string port = ":" + std::to_string(port_of(address));
  return ip.find(':') == std::string::npos ? ip + port : "[" + ip + "]" + port;
}

}  // namespace brink::http
