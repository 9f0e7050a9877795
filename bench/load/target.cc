#include "bench/load/target.h"

#include <ada.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "core/base/ip_address.h"

namespace brink::load {
namespace {

// 0, or why not.
int try_connect(const addrinfo& address, std::uint64_t timeout_ms) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  int error = ::connect(fd, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd waiting{.fd = fd, .events = POLLOUT, .revents = 0};
    const auto wait_ms = static_cast<int>(std::min<std::uint64_t>(timeout_ms, 3'600'000));
    socklen_t size = sizeof(error);
    if (::poll(&waiting, 1, wait_ms) <= 0) {
      error = ETIMEDOUT;
    } else if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
      error = errno;
    }
  }
  ::close(fd);
  return error;
}

std::string address_text(const sockaddr_storage& address) {
  const auto ip = IpAddress::from_sockaddr(address);
  return ip ? ip->text() : "an address";
}

}  // namespace

Result<Target> parse_target(std::string_view url) {
  const bool has_scheme = url.find("://") != url.npos;
  const std::string text = has_scheme ? std::string(url) : "http://" + std::string(url);
  const auto parsed = ada::parse<ada::url_aggregator>(text);
  if (!parsed || parsed->get_hostname().empty()) {
    return fail(ErrorCode::kUsage, "not a URL: " + std::string(url.substr(0, 200)));
  }
  if (parsed->type != ada::scheme::HTTP && parsed->type != ada::scheme::HTTPS) {
    return fail(ErrorCode::kUsage, "only http and https can be measured, not " +
                                       std::string(parsed->get_protocol()) + " (" +
                                       std::string(url.substr(0, 200)) + ")");
  }
  if (parsed->has_credentials()) {
    return fail(ErrorCode::kUsage,
                "a URL with a password is not sent; use -H 'Authorization: ...'");
  }
  Target target;
  target.tls = parsed->type == ada::scheme::HTTPS;
  std::string_view name = parsed->get_hostname();
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  target.host = name;
  target.port = target.tls ? 443 : 80;
  if (parsed->has_port()) target.port = static_cast<std::uint16_t>(parsed->get_components().port);
  target.host_header = parsed->get_host();
  target.path = std::string(parsed->get_pathname()) + std::string(parsed->get_search());
  target.href = parsed->get_href();
  target.href.resize(std::min(target.href.size(), target.href.find('#')));
  return target;
}

Result<sockaddr_storage> find_address(const Target& target, std::uint64_t timeout_ms) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const std::string port = std::to_string(target.port);
  if (const int status = ::getaddrinfo(target.host.c_str(), port.c_str(), &hints, &list)) {
    return fail(ErrorCode::kOriginUnreachable, target.host + ": " + ::gai_strerror(status));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  std::string reasons;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    sockaddr_storage address{};
    std::memcpy(&address, entry->ai_addr, entry->ai_addrlen);
    const int error = try_connect(*entry, timeout_ms);
    if (error == 0) return address;
    if (!reasons.empty()) reasons += "; ";
    reasons += address_text(address) + ": " + std::generic_category().message(error);
  }
  return fail(ErrorCode::kOriginUnreachable,
              target.host + " port " + port + " takes no connection (" + reasons + ")");
}

}  // namespace brink::load
