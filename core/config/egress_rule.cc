#include "core/config/egress_rule.h"

#include <algorithm>
#include <charconv>

#include "core/url/host.h"

namespace brink {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (text.starts_with('0')) return std::nullopt;  // 0 is none, and 080 might be meant as octal
  return port;
}

// "host" and "port" of "host:port", "[v6]:port", "[v6]", "v6".
struct Parts {
  std::string_view host;
  std::optional<std::string_view> port;
};
std::optional<Parts> split(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == text.npos) return std::nullopt;
    const Parts parts{text.substr(1, close - 1), std::nullopt};
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return parts;
    if (!rest.starts_with(':')) return std::nullopt;
    return Parts{parts.host, rest.substr(1)};
  }
  const std::size_t colon = text.find(':');
  if (colon == text.npos || text.find(':', colon + 1) != text.npos)
    return Parts{text, std::nullopt};
  return Parts{text.substr(0, colon), text.substr(colon + 1)};
}

// In the form that WebUrl has hosts in, without the root zone's dot; empty when it can be none.
std::string normal_name(std::string_view host) {
  std::string name = url::canonical_host(host).value_or(std::string());
  if (name.ends_with('.')) name.pop_back();
  return name;
}

// Whether there can be such a name in the DNS (RFC 1035 section 2.3.4).
bool is_possible_name(std::string_view name) {
  if (name.size() > 253) return false;
  while (true) {
    const std::size_t dot = name.find('.');
    const std::size_t label = std::min(dot, name.size());
    if (label == 0 || label > 63) return false;
    if (dot == name.npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool is_plain(std::string_view host) {
  return std::ranges::none_of(host,
                              [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '%'; });
}

}  // namespace

std::expected<EgressRule, std::string> EgressRule::parse(std::string_view text) {
  const std::unexpected<std::string> problem(
      "must be a host name (\"example.com\", \"*.example.com\"), an address (\"10.0.0.1\") or a "
      "block (\"10.0.0.0/8\", \"fd00::/8\"), with or without a port (\"example.com:8080\", "
      "\"[fd00::/8]:8080\")");
  const auto parts = split(text);
  const bool brackets = text.starts_with('[');
  if (!parts || !is_plain(parts->host) || (brackets && !parts->host.contains(':'))) return problem;
  EgressRule rule;
  rule.text = text;
  if (parts->port) {
    rule.port = parse_port(*parts->port);
    if (!rule.port) return problem;
  }
  rule.block = IpBlock::parse(parts->host);
  if (rule.block) return rule;
  const std::size_t slash = parts->host.find('/');
  if (slash != parts->host.npos && IpAddress::parse(parts->host.substr(0, slash))) {
    return std::unexpected(
        "is not a block: the length of its prefix is wrong, or the address has bits after it "
        "(\"10.0.0.0/8\", not \"10.0.0.1/8\")");
  }
  const bool wildcard = parts->host.starts_with("*.");
  rule.name = normal_name(wildcard ? parts->host.substr(2) : parts->host);
  if (!is_possible_name(rule.name)) return problem;
  // 127.1 and the like are addresses, and there are no names below one.
  rule.block = IpBlock::parse(rule.name);
  if (rule.block && wildcard) return problem;
  if (rule.block) rule.name.clear();
  if (wildcard) rule.name.insert(rule.name.begin(), '.');
  return rule;
}

std::string EgressRule::canonical() const {
  std::string host = name.starts_with('.') ? "*" + name : name;
  if (block) {
    host = block->base.text();
    if (block->prefix_bits != block->base.bits()) host += "/" + std::to_string(block->prefix_bits);
    if (!block->base.is_v4()) host = "[" + host + "]";
  }
  return port ? host + ":" + std::to_string(*port) : host;
}

bool EgressRule::matches_name(std::string_view host, std::uint16_t target_port) const {
  if (block || (port && *port != target_port)) return false;
  if (host.ends_with('.')) host.remove_suffix(1);
  if (!name.starts_with('.')) return host == name;
  return host.size() > name.size() && host.ends_with(name);
}

bool EgressRule::matches_address(const IpAddress& address, std::uint16_t target_port) const {
  return block && (!port || *port == target_port) && block->contains(address);
}

std::expected<PortRange, std::string> PortRange::parse(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_port(text.substr(0, dash));
  const auto last = dash == text.npos ? first : parse_port(text.substr(dash + 1));
  if (!first || !last || *first > *last)
    return std::unexpected("must be a port (\"443\") or a range of ports (\"8000-8999\")");
  return PortRange{*first, *last};
}

std::string PortRange::canonical() const {
  return std::to_string(first) + (first == last ? "" : "-" + std::to_string(last));
}

}  // namespace brink
