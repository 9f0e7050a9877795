#include "sandbox/jail_filter.h"

#include <linux/futex.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>

namespace brink::sandbox {
namespace {

using Condition = scmp_arg_cmp;

/// The kernel looks at the lower half of an `int` argument only, so the filter does too.
constexpr Condition equals(unsigned argument, std::uint32_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, 0xffffffffU, value};
}
constexpr Condition masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

struct Allowed {
  int call;
  const char* why;
  unsigned conditions = 0;
  std::array<Condition, 2> when{};  ///< all of them; another row of the call is another way
};

constexpr std::uint64_t kNotReadWrite = ~std::uint64_t{PROT_READ | PROT_WRITE};
constexpr std::uint64_t kNotAnyProtection = ~std::uint64_t{PROT_READ | PROT_WRITE | PROT_EXEC};
constexpr std::uint64_t kFutexCommand =
    0xffffffffU & ~std::uint64_t{FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME};
// A clock's number: not negative is one of the system's. Else its upper bits are ~id of a thread or
// process, and 4 | 2 says "CPU time of a thread", which the kernel gives for the own threads only.
constexpr std::uint64_t kClockSign = 0x80000000U;
constexpr std::uint64_t kThreadClock = 6;

// clang-format off
constexpr Allowed kAllowed[] = {
    // The channel.
    {SCMP_SYS(read), "takes what the front wrote into this worker's eventfd", 1, {equals(0, kToWorkerFd)}},
    {SCMP_SYS(write), "wakes the front", 1, {equals(0, kToFrontFd)}},
    {SCMP_SYS(ppoll), "sleeps until a message, or the next timer", 1, {equals(1, 1)}},
    {SCMP_SYS(poll), "waits for room in the ring", 1, {equals(1, 1)}},
    // Memory.
    {SCMP_SYS(mmap), "V8's heap, malloc: no files, nothing executable", 2,
     {masked(2, kNotReadWrite, 0), masked(3, MAP_ANONYMOUS | MAP_HUGETLB, MAP_ANONYMOUS)}},
    {SCMP_SYS(munmap), "V8's heap, malloc"},
    {SCMP_SYS(mremap), "realloc of large blocks", 1, {equals(3, MREMAP_MAYMOVE)}},
    {SCMP_SYS(mprotect), "V8's heap, malloc", 1, {masked(2, kNotReadWrite, 0)}},
    {SCMP_SYS(mprotect), "V8 makes WebAssembly's code pages so, and no others", 1,
     {masked(2, ~std::uint64_t{0}, PROT_READ | PROT_WRITE | PROT_EXEC)}},
    {SCMP_SYS(pkey_mprotect), "the same where the CPU has memory protection keys", 1,
     {masked(2, kNotAnyProtection, 0)}},
    {SCMP_SYS(madvise), "V8 and malloc give memory back", 1, {equals(2, MADV_DONTNEED)}},
    {SCMP_SYS(madvise), "the same, when it is needed elsewhere", 1, {equals(2, MADV_FREE)}},
    {SCMP_SYS(madvise), "V8 marks its pages", 1, {equals(2, MADV_DONTFORK)}},
    {SCMP_SYS(madvise), "V8 asks for large pages", 1, {equals(2, MADV_HUGEPAGE)}},
    {SCMP_SYS(madvise), "V8 asks for small pages", 1, {equals(2, MADV_NOHUGEPAGE)}},
    {SCMP_SYS(brk), "malloc"},
    {SCMP_SYS(prlimit64), "the memory fence, when the app's limit is known", 2,
     {equals(0, 0), equals(1, RLIMIT_DATA)}},
    {SCMP_SYS(prlimit64), "V8 and libc look at the stack's limit", 2,
     {equals(0, 0), masked(2, ~std::uint64_t{0}, 0)}},
    // Threads: the main one and the watchdog, which are there already.
    {SCMP_SYS(futex), "locks", 1, {masked(1, kFutexCommand, FUTEX_WAIT)}},
    {SCMP_SYS(futex), "locks", 1, {masked(1, kFutexCommand, FUTEX_WAKE)}},
    {SCMP_SYS(futex), "locks with a deadline, condition variables", 1,
     {masked(1, kFutexCommand, FUTEX_WAIT_BITSET)}},
    {SCMP_SYS(futex), "condition variables", 1, {masked(1, kFutexCommand, FUTEX_WAKE_BITSET)}},
    {SCMP_SYS(sched_yield), "locks"},
    {SCMP_SYS(sched_getaffinity), "malloc counts processors for its arenas"},
    {SCMP_SYS(gettid), "V8 and libc know threads by it"},
    {SCMP_SYS(getpid), "V8 and libc"},
    {SCMP_SYS(rt_sigtimedwait), "the watchdog sleeps in it"},
    {SCMP_SYS(rt_sigprocmask), "libc, around what a signal must not interrupt"},
    {SCMP_SYS(rt_sigreturn), "the end of a signal's handler"},
    {SCMP_SYS(restart_syscall), "the kernel makes it after an interruption"},
    // Time and chance.
    {SCMP_SYS(clock_gettime), "clocks that the vDSO does not answer", 1, {masked(0, kClockSign, 0)}},
    {SCMP_SYS(clock_gettime), "CPU time of a thread", 1,
     {masked(0, kClockSign | 7, kClockSign | kThreadClock)}},
    {SCMP_SYS(clock_getres), "V8 asks how fine a clock is", 1, {masked(0, kClockSign, 0)}},
    {SCMP_SYS(gettimeofday), "the same as clock_gettime, without the vDSO"},
    {SCMP_SYS(getrandom), "crypto.getRandomValues(), V8's seeds"},
    // The end.
    {SCMP_SYS(exit), "a thread's"},
    {SCMP_SYS(exit_group), "the worker's"},
};

constexpr Allowed kAllowedToSanitizers[] = {
    {SCMP_SYS(write), "reports", 1, {equals(0, STDERR_FILENO)}},
    {SCMP_SYS(madvise), "shadow memory stays out of core dumps", 1, {equals(2, MADV_DONTDUMP)}},
    {SCMP_SYS(sigaltstack), "reports of stack overflows"},
    {SCMP_SYS(rt_sigaction), "reports of signals"},
    {SCMP_SYS(nanosleep), "waits for another thread's report"},
    {SCMP_SYS(clock_nanosleep), "waits for another thread's report"},
};

constexpr std::string_view kDeadly[] = {
    // Other programs, processes and threads.
    "execve", "execveat", "fork", "vfork", "clone", "clone3", "personality",
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease",
    "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "kcmp", "kill", "tkill",
    // Sockets.
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg",
    "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "setsockopt",
    // Code without a file.
    "memfd_create", "memfd_secret",
    // Parts of the kernel where most of its holes were found.
    "io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "io_submit",
    "bpf", "perf_event_open", "userfaultfd", "fanotify_init", "modify_ldt", "vmsplice", "splice",
    "keyctl", "add_key", "request_key", "msgget", "semget", "shmget", "mq_open",
    // Namespaces, mounts, privileges.
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "fsopen", "fspick", "fsmount",
    "move_mount", "open_tree", "mount_setattr", "open_by_handle_at", "name_to_handle_at",
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "capset",
    "seccomp",
    // The machine itself.
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot",
    "swapon", "swapoff", "acct", "quotactl", "syslog", "iopl", "ioperm", "settimeofday",
    "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname",
};
// clang-format on

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

int allow(scmp_filter_ctx filter, std::span<const Allowed> rows) {
  for (const Allowed& row : rows) {
    const int error =
        seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, row.call, row.conditions, row.when.data());
    if (error != 0) return error;
  }
  return 0;
}

int kill_for(scmp_filter_ctx filter, std::uint32_t action) {
  for (const std::string_view name : kDeadly) {
    const int call = seccomp_syscall_resolve_name(std::string(name).c_str());
    // Negative: this architecture has no such call, or the library does not know it yet.
    if (call < 0) continue;
    if (const int error = seccomp_rule_add_array(filter, action, call, 0, nullptr); error != 0)
      return error;
  }
  return 0;
}

}  // namespace

std::span<const std::string_view> deadly_calls() { return kDeadly; }

std::expected<std::vector<sock_filter>, int> make_jail_filter() {
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (!filter) return std::unexpected(ENOMEM);
  constexpr std::uint32_t kEnd = SCMP_ACT_KILL_PROCESS;
  // A binary tree: a call costs some ten steps, wherever it stands in the tables.
  int error = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (error == 0) error = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, kEnd);
  if (error == 0) error = allow(filter.get(), kAllowed);
  if (error == 0 && kSanitized) error = allow(filter.get(), kAllowedToSanitizers);
  if (error == 0 && !kSanitized) error = kill_for(filter.get(), kEnd);
  std::size_t size = 0;
  if (error == 0) error = seccomp_export_bpf_mem(filter.get(), nullptr, &size);
  if (error != 0) return std::unexpected(-error);
  std::vector<sock_filter> program(size / sizeof(sock_filter));
  error = seccomp_export_bpf_mem(filter.get(), program.data(), &size);
  if (error != 0) return std::unexpected(-error);
  return program;
}

}  // namespace brink::sandbox
