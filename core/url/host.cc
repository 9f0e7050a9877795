#include "core/url/host.h"

#include <ada.h>

#include <algorithm>

namespace brink::url {
namespace {

constexpr std::size_t kMaxHost_bytes = 255;
constexpr std::string_view kDefaultPort = "80";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_lower_host_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '~';
}

bool is_host_char(char c) { return is_lower_host_char(c) || c == '.' || (c >= 'A' && c <= 'Z'); }

bool is_port(std::string_view port) {
  // An empty port is allowed by the grammar (RFC 3986 section 3.2.3), if odd.
  if (port.size() > 5 || !std::ranges::all_of(port, is_digit)) return false;
  unsigned number = 0;
  for (const char c : port) number = number * 10 + static_cast<unsigned>(c - '0');
  return number <= 65535;
}

struct Parts {
  std::string_view host;  // IPv6 with its brackets
  std::string_view port;
  bool has_port = false;
};

std::optional<Parts> split(std::string_view authority) {
  std::size_t end = authority.find(':');
  if (authority.starts_with('[')) {
    end = authority.find(']');
    if (end == authority.npos) return std::nullopt;
    ++end;
  }
  const Parts whole{authority, {}};
  if (end >= authority.size()) return whole;
  if (authority[end] != ':') return std::nullopt;
  return Parts{authority.substr(0, end), authority.substr(end + 1), true};
}

// "127.0.0.1", without leading zeros.
bool is_plain_ipv4(std::string_view text) {
  int octets = 0;
  while (true) {
    const std::string_view octet = text.substr(0, text.find('.'));
    if (octet.empty() || octet.size() > 3 || (octet.size() > 1 && octet[0] == '0')) return false;
    if (!std::ranges::all_of(octet, is_digit) || (octet.size() == 3 && octet > "255")) return false;
    ++octets;
    if (octet.size() == text.size()) return octets == 4;
    text.remove_prefix(octet.size() + 1);
  }
}

// A name that URL parsers leave as it is, or an IPv4 address. False: maybe all the same.
bool is_surely_canonical(std::string_view host) {
  if (host.empty() || host.size() > kMaxHost_bytes) return false;
  std::size_t label = 0;  // where the last one starts
  for (std::size_t i = 0; i < host.size(); ++i) {
    if (host[i] == '.') {
      if (i == label) return false;
      label = i + 1;
    } else if (!is_lower_host_char(host[i])) {
      return false;
    } else if (i == label && host.substr(i).starts_with("xn--")) {
      return false;
    }
  }
  if (label == host.size()) return false;  // a dot at the end
  return !is_digit(host[label]) || is_plain_ipv4(host);
}

bool has_empty_label(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host.empty() || host.starts_with('.') || host.ends_with('.') || host.contains("..");
}

// Whose bytes are those of a sent host (RFC 3986 section 3.2.2, without escapes).
bool has_host_bytes(std::string_view host) {
  if (!host.starts_with('[')) return std::ranges::all_of(host, is_host_char);
  const std::string_view address = host.substr(1, host.size() - 2);
  return address.find_first_not_of("0123456789abcdefABCDEF:.") == address.npos;
}

}  // namespace

std::optional<std::string> canonical_host(std::string_view host) {
  // What would end the host, or its text, in a URL; tabs and line ends would vanish.
  constexpr std::string_view kNotInHosts = "/\\@?#*%\t\n\r";
  const bool v6 = host.starts_with('[') && host.ends_with(']');
  if (host.empty() || host.find_first_of(kNotInHosts) != host.npos) return std::nullopt;
  if (!v6 && host.find_first_of(":[]") != host.npos) return std::nullopt;
  const auto url = ada::parse<ada::url_aggregator>("http://" + std::string(host) + "/");
  if (!url) return std::nullopt;
  std::string name(url->get_hostname());
  if (name.size() > kMaxHost_bytes || has_empty_label(name)) return std::nullopt;
  // A name whose punycode form is itself no valid host, which ada gives for some labels.
  if (name.contains("xn--") && !ada::can_parse(url->get_href())) return std::nullopt;
  return name;
}

std::optional<std::string_view> canonical_authority(std::string_view authority,
                                                    std::string& storage) {
  const std::optional<Parts> parts = split(authority);
  if (!parts || !is_port(parts->port)) return std::nullopt;
  const bool plain_port = !parts->has_port || (!parts->port.empty() && parts->port[0] != '0' &&
                                               parts->port != kDefaultPort);
  if (plain_port && is_surely_canonical(parts->host)) return authority;
  if (!has_host_bytes(parts->host)) return std::nullopt;
  std::optional<std::string> host = canonical_host(parts->host);
  if (!host) return std::nullopt;
  std::string_view port = parts->port;
  while (port.size() > 1 && port[0] == '0') port.remove_prefix(1);
  if (!port.empty() && port != kDefaultPort) host->append(":").append(port);
  storage = *std::move(host);
  return storage;
}

bool is_address(std::string_view host) { return host.starts_with('[') || is_plain_ipv4(host); }

std::string_view port_of(std::string_view authority) {
  const std::optional<Parts> parts = split(authority);
  return parts ? parts->port : std::string_view();
}

std::string_view host_name(std::string_view authority) {
  const std::optional<Parts> parts = split(authority);
  std::string_view host = parts ? parts->host : std::string_view();
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

bool same_authority(std::string_view a, std::string_view b) {
  return host_name(a) == host_name(b) && port_of(a) == port_of(b);
}

}  // namespace brink::url
