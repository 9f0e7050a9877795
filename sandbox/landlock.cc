#include "sandbox/landlock.h"

#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "core/ipc/descriptors.h"

namespace brink::sandbox {
namespace {

using ipc::JailPart;

constexpr long kTcpVersion = 4;
constexpr long kScopeVersion = 6;

/// All rights up to and including this one.
constexpr std::uint64_t up_to(std::uint64_t right) { return 2 * right - 1; }

std::uint64_t file_rights(long version) {
  if (version >= 9) return up_to(LANDLOCK_ACCESS_FS_RESOLVE_UNIX);
  if (version >= 5) return up_to(LANDLOCK_ACCESS_FS_IOCTL_DEV);
  if (version >= 3) return up_to(LANDLOCK_ACCESS_FS_TRUNCATE);
  if (version == 2) return up_to(LANDLOCK_ACCESS_FS_REFER);
  return up_to(LANDLOCK_ACCESS_FS_MAKE_SYM);
}

}  // namespace

void enter_landlock(ipc::JailReport& report) {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) {
    const int error = errno;
    for (const auto part :
         {JailPart::kLandlockFiles, JailPart::kLandlockTcp, JailPart::kLandlockScope})
      report.set(part, error);
    return;
  }
  // Rights that are handled and given by no rule are refused, and there is no rule.
  landlock_ruleset_attr handled{};
  handled.handled_access_fs = file_rights(version);
  if (version >= kTcpVersion) handled.handled_access_net = up_to(LANDLOCK_ACCESS_NET_CONNECT_TCP);
  if (version >= kScopeVersion)
    handled.scoped = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL;
  const ipc::Fd rules(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)));
  const int error =
      !rules || ::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0 ? errno : 0;
  report.set(JailPart::kLandlockFiles, error);
  report.set(JailPart::kLandlockTcp, version < kTcpVersion ? ENOSYS : error);
  report.set(JailPart::kLandlockScope, version < kScopeVersion ? ENOSYS : error);
}

}  // namespace brink::sandbox
