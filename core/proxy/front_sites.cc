#include "core/proxy/front_sites.h"

#include <uv.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/url/host.h"

namespace brink::proxy {
namespace {

std::string host_of(const uv_interface_address_t& interface) {
  std::array<char, 64> text{};
  const bool v6 = interface.address.address4.sin_family == AF_INET6;
  const int error = v6 ? uv_ip6_name(&interface.address.address6, text.data(), text.size())
                       : uv_ip4_name(&interface.address.address4, text.data(), text.size());
  if (error != 0) return {};
  const std::string_view name(text.data());
  return v6 ? "[" + std::string(name) + "]" : std::string(name);
}

std::vector<std::string> hosts_of_this_machine() {
  std::vector<std::string> hosts;
  uv_interface_address_t* all = nullptr;
  int count = 0;
  if (uv_interface_addresses(&all, &count) != 0) return hosts;
  for (int i = 0; i < count; ++i) {
    if (auto host = url::canonical_host(host_of(all[i]))) hosts.push_back(std::move(*host));
  }
  uv_free_interface_addresses(all, count);
  return hosts;
}

}  // namespace

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && url::is_address(host));
}

void FrontSites::set_listener(std::string_view address) {
  const std::string_view port = url::port_of(address);
  if (address.starts_with("unix:") || port.empty()) return;
  std::from_chars(port.data(), port.data() + port.size(), port_);
  const std::string_view host = address.substr(0, address.size() - port.size() - 1);
  any_ = host == "0.0.0.0" || host == "[::]";
  if (any_)
    addresses_ = hosts_of_this_machine();
  else
    addresses_.emplace_back(host);
  if (is_loopback(host)) addresses_.emplace_back("localhost");
}

bool FrontSites::listens_on(std::string_view host, std::uint16_t port) const {
  if (port_ == 0 || port != port_) return false;
  return (any_ && is_loopback(host)) || std::ranges::contains(addresses_, host);
}

}  // namespace brink::proxy
