#include "core/http/connection_counts.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace brink::http {
namespace {

std::string client_of(std::string_view ip) {
  std::string client(ip);
  in6_addr address{};
  if (client.contains(':') && ::inet_pton(AF_INET6, client.c_str(), &address) == 1 &&
      !IN6_IS_ADDR_V4MAPPED(&address))
    client.assign(reinterpret_cast<const char*>(address.s6_addr), 8);
  return client;
}

}  // namespace

void ConnectionCounts::add(std::string_view ip) {
  ++all_;
  if (by_address_ && !ip.empty()) ++of_[client_of(ip)];
}

void ConnectionCounts::remove(std::string_view ip) {
  --all_;
  if (!by_address_ || ip.empty()) return;
  const auto found = of_.find(client_of(ip));
  if (--found->second == 0) of_.erase(found);
}

std::size_t ConnectionCounts::of(std::string_view ip) const {
  const auto found = of_.find(client_of(ip));
  return found == of_.end() ? 0 : found->second;
}

}  // namespace brink::http
