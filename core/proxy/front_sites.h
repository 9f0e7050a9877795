#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/server.h"
#include "core/proxy/app_table.h"

namespace brink::proxy {

/// What a front answers for: the names of its apps, and where it listens. Owned by the edge, on the
/// loop's thread.
class FrontSites {
 public:
  /// `requests` serves each request, a client's or a script's.
  explicit FrontSites(http::RequestHandler& requests) : requests_(requests) {}

  AppTable& apps() { return apps_; }
  const AppTable& apps() const { return apps_; }
  http::RequestHandler& requests() const { return requests_; }

  /// As Server::address() has it.
  void set_listener(std::string_view address);
  /// 0: none that has a port.
  std::uint16_t port() const { return port_; }
  /// `host`: canonical, without port. Names are not looked up: but for "localhost", no name is.
  bool listens_on(std::string_view host, std::uint16_t port) const;

 private:
  http::RequestHandler& requests_;
  AppTable apps_;
  std::uint16_t port_ = 0;
  bool any_ = false;                    // address of this machine
  std::vector<std::string> addresses_;  // canonical hosts
};

/// 127/8, [::1] and localhost, which a NextURL has for both.
bool is_loopback(std::string_view host);

}  // namespace brink::proxy
