#include "sandbox/jail.h"

#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "sandbox/jail_filter.h"
#include "sandbox/landlock.h"

namespace brink::sandbox {
namespace {

using ipc::JailPart;

int error_of(long result) { return result < 0 ? errno : 0; }

int drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, 2> none{};
  return error_of(::syscall(SYS_capset, &header, none.data()));
}

struct Limit {
  __rlimit_resource resource;
  rlim_t most;
};
// RLIMIT_NOFILE: number 0 is taken, so 1 leaves none to give. (With 0 poll() would not work.)
constexpr Limit kLimits[] = {
    {RLIMIT_CORE, 0},    {RLIMIT_NOFILE, 1},   {RLIMIT_NPROC, 0},
    {RLIMIT_MEMLOCK, 0}, {RLIMIT_MSGQUEUE, 0}, {RLIMIT_FSIZE, 0},
};

int set_limits() {
  for (const Limit& limit : kLimits) {
    if (kSanitized && limit.resource == RLIMIT_FSIZE) continue;  // reports may go to a file
    const rlimit value{limit.most, limit.most};
    if (const int error = error_of(::setrlimit(limit.resource, &value)); error != 0) return error;
  }
  return 0;
}

}  // namespace

Jail Jail::prepare() {
  Jail jail;
  jail.enter_namespaces();
  jail.make_empty_root();
  // Without capabilities it only matters together with set-user-id programs, and no_new_privs takes
  // care of those: no part of its own. It needs a right that an ordinary user may not have.
  for (int capability = 0; ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0;) ++capability;
  jail.compile_filter();
  return jail;
}

// One by one: where the first is refused, root may still make the others.
void Jail::enter_namespaces() {
  report_.set(JailPart::kUserNamespace, error_of(::unshare(CLONE_NEWUSER)));
  report_.set(JailPart::kNetworkNamespace, error_of(::unshare(CLONE_NEWNET)));
  report_.set(JailPart::kIpcNamespace, error_of(::unshare(CLONE_NEWIPC)));
  report_.set(JailPart::kUtsNamespace, error_of(::unshare(CLONE_NEWUTS)));
}

// A tmpfs with nothing in it, mounted nowhere: a worker that has it as root can name no file.
void Jail::make_empty_root() {
  int error = error_of(::unshare(CLONE_NEWNS));
  if (error == 0) {
    const ipc::Fd files(static_cast<int>(::syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC)));
    constexpr unsigned kAttributes =
        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    if (files &&
        ::syscall(SYS_fsconfig, files.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0) {
      empty_root_.reset(
          static_cast<int>(::syscall(SYS_fsmount, files.get(), FSMOUNT_CLOEXEC, kAttributes)));
    }
    if (!empty_root_) error = errno;
  }
  report_.set(JailPart::kEmptyRoot, error);
}

void Jail::compile_filter() {
  auto filter = make_jail_filter();
  if (filter)
    filter_ = *std::move(filter);
  else
    report_.set(JailPart::kSystemCalls, filter.error());
}

Jail& Jail::confine() {
  report_.set(JailPart::kNoNewPrivileges, error_of(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)));
  if (empty_root_) {
    const bool entered = ::fchdir(empty_root_.get()) == 0 && ::chroot(".") == 0;
    report_.set(JailPart::kEmptyRoot, entered ? 0 : errno);
    empty_root_.reset();
  }
  enter_landlock(report_);
  report_.set(JailPart::kNoCapabilities, drop_capabilities());
  return *this;
}

void Jail::close() {
  if (!kSanitized)
    report_.set(JailPart::kDescriptors, error_of(::dup2(STDOUT_FILENO, STDERR_FILENO)));
  report_.set(JailPart::kResourceLimits, set_limits());
  report_.set(JailPart::kNotDumpable, error_of(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)));
  if (filter_.empty()) return;  // compile_filter() has reported why
  const sock_fprog program{static_cast<unsigned short>(filter_.size()), filter_.data()};
  const long result =
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
  // Positive: the id of a thread that could not be brought in.
  report_.set(JailPart::kSystemCalls, result > 0 ? EBUSY : error_of(result));
}

}  // namespace brink::sandbox
