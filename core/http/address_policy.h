#pragma once

#include "core/base/ip_address.h"
#include "core/base/result.h"

namespace brink::http {

struct Authority;

/// Decides where connections may go. Asked once before a name is resolved, and then for each
/// address that it resolved to: a connection is made to that very address, and nothing is resolved
/// again. On the loop's thread; answers at once, and the same for the same question, because kept
/// connections are used without asking.
class AddressPolicy {
 public:
  virtual ~AddressPolicy() = default;
  virtual Result<void> check_target(const Authority& target) const = 0;
  virtual Result<void> check_address(const Authority& target, const IpAddress& address) const = 0;
};

}  // namespace brink::http
