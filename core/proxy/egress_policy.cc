#include "core/proxy/egress_policy.h"

#include <algorithm>
#include <string_view>

#include "core/http/upstream.h"
#include "core/proxy/address_class.h"
#include "core/proxy/bad_ports.h"

namespace brink::proxy {
namespace {

// The configuration has been checked: each text is an item.
template <typename T>
std::vector<T> parse_all(const std::vector<std::string>& texts) {
  std::vector<T> items;
  for (const std::string& text : texts) items.push_back(T::parse(text).value());
  return items;
}

std::string host_and_port(const http::Authority& target) {
  const bool v6 = target.host.contains(':');
  return (v6 ? "[" + target.host + "]" : target.host) + ":" + std::to_string(target.port);
}

std::unexpected<Error> forbid(const std::string& what, const std::string& why) {
  return fail(ErrorCode::kFetchForbidden, what + " may not be reached: " + why);
}

std::string join(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + text;
  return joined;
}

}  // namespace

EgressPolicy::EgressPolicy(const EgressConfig& config)
    : allow_private_(config.allow_private),
      allow_(parse_all<EgressRule>(config.allow)),
      deny_(parse_all<EgressRule>(config.deny)),
      ports_(parse_all<PortRange>(config.ports)) {}

Result<void> EgressPolicy::check_target(const http::Authority& target) const {
  if (is_bad_port(target.port)) {
    return forbid(host_and_port(target),
                  "the Fetch standard blocks this port, and no key allows it");
  }
  for (const EgressRule& rule : deny_) {
    if (rule.matches_name(target.host, target.port))
      return forbid(host_and_port(target), "\"egress.deny\" has \"" + rule.text + "\"");
  }
  return {};
}

Result<void> EgressPolicy::check_address(const http::Authority& target,
                                         const IpAddress& given) const {
  const IpAddress address = given.unmapped();  // what the kernel connects to
  const AddressClass kind = classify(given);
  const auto forbidden = [&](const std::string& why) {
    return forbid(host_and_port(target) + " (" + given.text() + ", " + kind.describe() + ")", why);
  };
  const auto names = [&](const EgressRule& rule, const IpAddress& by_address) {
    return rule.matches_address(by_address, target.port);
  };
  for (const EgressRule& rule : deny_) {
    if (names(rule, address) || (kind.embedded && names(rule, *kind.embedded)))
      return forbidden("\"egress.deny\" has \"" + rule.text + "\"");
  }
  const auto allows = [&](const EgressRule& rule) {
    return rule.matches_name(target.host, target.port) || names(rule, address);
  };
  if (std::ranges::any_of(allow_, allows)) return {};
  const auto has_port = [&](const PortRange& range) { return range.contains(target.port); };
  if (!ports_.empty() && std::ranges::none_of(ports_, has_port)) {
    return forbidden("\"egress.ports\" does not have port " + std::to_string(target.port) +
                     "; an entry there or in \"egress.allow\" would allow it");
  }
  if (kind.reach == Reach::kPublic) return {};
  if (kind.reach == Reach::kSpecial) {
    return forbidden("it is not a public address; an entry in \"egress.allow\" would allow it");
  }
  if (allow_private_) return {};
  return forbidden(
      "it is not a public address; an entry in \"egress.allow\", or \"egress.allow_private\", "
      "would "
      "allow it");
}

std::string describe_egress(const EgressConfig& config) {
  std::string text = config.allow_private ? "public and private addresses" : "public addresses";
  if (!config.ports.empty()) text += " on ports " + join(config.ports);
  if (!config.allow.empty()) text += "; also " + join(config.allow);
  if (!config.deny.empty()) text += "; never " + join(config.deny);
  return text;
}

}  // namespace brink::proxy
