#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/config/egress_rule.h"
#include "core/http/address_policy.h"

namespace brink::proxy {

/// Where fetch() and rewrites may go, by the section "egress" of brink.json. Without any entry:
/// public addresses only. Immutable; must outlive the pool of connections that asks it.
class EgressPolicy final : public http::AddressPolicy {
 public:
  explicit EgressPolicy(const EgressConfig& config);

  /// kFetchForbidden for a port that the Fetch standard blocks, and for a denied name.
  Result<void> check_target(const http::Authority& target) const override;
  /// kFetchForbidden; the message names host, address, its class, and the key that would allow it.
  Result<void> check_address(const http::Authority& target,
                             const IpAddress& address) const override;

 private:
  const bool allow_private_;
  const std::vector<EgressRule> allow_;
  const std::vector<EgressRule> deny_;
  const std::vector<PortRange> ports_;
};

/// One line for people: "public addresses on ports 80, 443; also localhost:3000; never 8.8.8.8".
std::string describe_egress(const EgressConfig& config);

}  // namespace brink::proxy
