#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace brink::http {

/// Counts a server's connections, in all and for each client's address: of IPv6 a /64, which is
/// what one client has. On the loop's thread.
class ConnectionCounts {
 public:
  /// Without `by_address` only all of them are counted.
  explicit ConnectionCounts(bool by_address) : by_address_(by_address) {}

  /// `ip`: as ServerExchange::client_ip(); empty, of a Unix socket, has no address.
  void add(std::string_view ip);
  void remove(std::string_view ip);
  std::size_t all() const { return all_; }
  std::size_t of(std::string_view ip) const;

 private:
  const bool by_address_;
  std::size_t all_ = 0;
  std::unordered_map<std::string, std::size_t> of_;
};

}  // namespace brink::http
