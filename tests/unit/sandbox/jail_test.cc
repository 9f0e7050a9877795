// The jail, from inside: a child closes it around itself as a worker does, and native code in it
// tries what code that took over a worker would. No V8 here: the e2e tests hold a real worker to
// it.
#include "sandbox/jail.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/openat2.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <set>
#include <span>
#include <string>
#include <thread>

#include "sandbox/child_setup.h"
#include "sandbox/jail_filter.h"

namespace brink::sandbox {
namespace {

constexpr int kDone = 0;         // the call did what was asked: the jail has a hole
constexpr int kNoJail = 254;     // the child could not be set up
constexpr int kEnded = SIGSYS;   // for Probe::refusal: the process ends
constexpr int kAnySignal = 255;  // the same, by whatever signal

using Attempt = long (*)();

struct Probe {
  const char* name;
  Attempt attempt;  ///< -1 and errno when it was refused
  int refusal;      ///< an errno, or kEnded
};

void PrintTo(const Probe& probe, std::ostream* out) { *out << probe.name; }

long raw(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  return ::syscall(number, a, b, c, d, e, f);
}
template <class T>
long at(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

alignas(4096) unsigned char page[4096];
char word[8];
sockaddr_in loopback{AF_INET, 0x5000, {0x0100007f}, {}};

long protect(void* where, int protection) { return ::mprotect(where, sizeof page, protection); }
long map(int protection, int flags, int fd = -1) {
  return ::mmap(nullptr, sizeof page, protection, flags, fd, 0) == MAP_FAILED ? -1 : 0;
}
void* code_page() {
  return reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(&code_page) &
                                 ~std::uintptr_t{4095});
}

// clang-format off
const Probe kProbes[] = {
    // Files.
    {"open", [] { return raw(SYS_open, at("/etc/passwd"), O_RDONLY); }, EPERM},
    {"openat", [] { return raw(SYS_openat, AT_FDCWD, at("/etc/passwd"), O_RDONLY); }, EPERM},
    {"openat2", [] { open_how how{}; return raw(SYS_openat2, AT_FDCWD, at("/"), at(&how), sizeof how); }, EPERM},
    {"creat", [] { return raw(SYS_creat, at("/tmp/x"), 0600); }, EPERM},
    {"proc_self_maps", [] { return raw(SYS_openat, AT_FDCWD, at("/proc/self/maps"), O_RDONLY); }, EPERM},
    {"proc_self_mem", [] { return raw(SYS_openat, AT_FDCWD, at("/proc/self/mem"), O_RDWR); }, EPERM},
    {"proc_parent_environ", [] { return raw(SYS_openat, AT_FDCWD, at("/proc/1/environ"), O_RDONLY); }, EPERM},
    {"stat", [] { struct stat s; return raw(SYS_newfstatat, AT_FDCWD, at("/etc"), at(&s), 0); }, EPERM},
    {"readlink", [] { return raw(SYS_readlink, at("/proc/self/exe"), at(page), sizeof page); }, EPERM},
    {"unlink", [] { return raw(SYS_unlink, at("/tmp/x")); }, EPERM},
    {"truncate", [] { return raw(SYS_truncate, at("/tmp/x"), 0); }, EPERM},
    {"open_by_handle_at", [] { return raw(SYS_open_by_handle_at, AT_FDCWD, at(page), O_RDONLY); }, kEnded},
    {"inotify_init1", [] { return raw(SYS_inotify_init1, 0); }, EPERM},
    // Descriptors.
    {"read_of_another_descriptor", [] { return raw(SYS_read, STDIN_FILENO, at(word), 8); }, EPERM},
    {"read_of_the_fronts_eventfd", [] { return raw(SYS_read, kToFrontFd, at(word), 8); }, EPERM},
    {"write_to_the_own_eventfd", [] { return raw(SYS_write, kToWorkerFd, at(word), 8); }, EPERM},
    {"dup", [] { return raw(SYS_dup, kToFrontFd); }, EPERM},
    {"fcntl", [] { return raw(SYS_fcntl, kToFrontFd, F_SETFL, 0); }, EPERM},
    {"ioctl", [] { return raw(SYS_ioctl, STDERR_FILENO, 0x5412, at("x")); }, EPERM},
    {"close", [] { return raw(SYS_close, kToFrontFd); }, EPERM},
    {"pipe2", [] { int fds[2]; return raw(SYS_pipe2, at(fds), 0); }, EPERM},
    {"eventfd2", [] { return raw(SYS_eventfd2, 0, 0); }, EPERM},
    {"epoll_create1", [] { return raw(SYS_epoll_create1, 0); }, EPERM},
    {"poll_of_many", [] { pollfd two[2]{}; return raw(SYS_poll, at(two), 2, 0); }, EPERM},
    // Network.
    {"socket", [] { return raw(SYS_socket, AF_INET, SOCK_STREAM, 0); }, kEnded},
    {"socket_unix", [] { return raw(SYS_socket, AF_UNIX, SOCK_STREAM, 0); }, kEnded},
    {"socketpair", [] { int fds[2]; return raw(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, at(fds)); }, kEnded},
    {"connect", [] { return raw(SYS_connect, 0, at(&loopback), sizeof loopback); }, kEnded},
    {"bind", [] { return raw(SYS_bind, 0, at(&loopback), sizeof loopback); }, kEnded},
    {"sendmsg", [] { msghdr m{}; return raw(SYS_sendmsg, 0, at(&m), 0); }, kEnded},
    // Programs, processes, threads.
    {"fork", [] { return raw(SYS_fork); }, kEnded},
    {"vfork", [] { return raw(SYS_clone, CLONE_VFORK | SIGCHLD); }, kEnded},
    {"clone_of_a_thread", [] { return raw(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND); }, kEnded},
    {"clone3", [] { return raw(SYS_clone3, at(page), 64); }, kEnded},
    {"execve", [] { char* none[] = {nullptr}; return raw(SYS_execve, at("/bin/true"), at(none), at(none)); }, kEnded},
    {"execveat", [] { char* none[] = {nullptr}; return raw(SYS_execveat, 0, at(""), at(none), at(none), AT_EMPTY_PATH); }, kEnded},
    {"memfd_create", [] { return raw(SYS_memfd_create, at("x"), 0); }, kEnded},
    {"ptrace", [] { return raw(SYS_ptrace, PTRACE_ATTACH, ::getpid()); }, kEnded},
    {"process_vm_readv", [] { iovec v{page, 8}; return raw(SYS_process_vm_readv, 1, at(&v), 1, at(&v), 1, 0); }, kEnded},
    {"process_vm_writev", [] { iovec v{page, 8}; return raw(SYS_process_vm_writev, 1, at(&v), 1, at(&v), 1, 0); }, kEnded},
    {"kill", [] { return raw(SYS_kill, -1, 0); }, kEnded},
    {"tgkill", [] { return raw(SYS_tgkill, 1, 1, 0); }, EPERM},
    {"rt_sigqueueinfo", [] { return raw(SYS_rt_sigqueueinfo, 1, SIGTERM, at(page)); }, EPERM},
    {"pidfd_open", [] { return raw(SYS_pidfd_open, 1, 0); }, kEnded},
    {"wait4", [] { return raw(SYS_wait4, -1, 0, WNOHANG, 0); }, EPERM},
    {"setpriority", [] { return raw(SYS_setpriority, PRIO_PROCESS, 0, 5); }, EPERM},
    {"sched_setscheduler", [] { return raw(SYS_sched_setscheduler, 0, 0, at(page)); }, EPERM},
    {"cpu_clock_of_another_process", [] { timespec t; return raw(SYS_clock_gettime, static_cast<int>(~1U << 3 | 2), at(&t)); }, EPERM},
    // Memory.
    {"mmap_of_code", [] { return map(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS); }, EPERM},
    {"mmap_of_writable_code", [] { return map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS); }, EPERM},
    {"mmap_of_a_descriptor", [] { return map(PROT_READ, MAP_SHARED, STDIN_FILENO); }, EPERM},
    {"mprotect_data_to_code", [] { return protect(page, PROT_READ | PROT_EXEC); }, EPERM},
    {"mprotect_to_bare_code", [] { return protect(page, PROT_EXEC); }, EPERM},
    {"mprotect_grows_down", [] { return protect(page, PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN); }, EPERM},
    {"mprotect_of_written_code", [] { return protect(code_page(), PROT_WRITE | PROT_EXEC); }, EPERM},
    {"mremap_to_a_fixed_place", [] { return raw(SYS_mremap, at(page), 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, at(page)); }, EPERM},
    {"remap_file_pages", [] { return raw(SYS_remap_file_pages, at(page), 4096, 0, 0, 0); }, EPERM},
    {"mlock", [] { return raw(SYS_mlock, at(page), 4096); }, EPERM},
    {"shmget", [] { return raw(SYS_shmget, 0, 4096, 0600); }, kEnded},
    {"madvise_poison", [] { return raw(SYS_madvise, at(page), 4096, MADV_HWPOISON); }, EPERM},
    // Parts of the kernel that are known for holes.
    {"io_uring_setup", [] { io_uring_params p{}; return raw(SYS_io_uring_setup, 1, at(&p)); }, kEnded},
    {"bpf", [] { bpf_attr a{}; return raw(SYS_bpf, BPF_MAP_CREATE, at(&a), sizeof a); }, kEnded},
    {"perf_event_open", [] { perf_event_attr a{}; return raw(SYS_perf_event_open, at(&a), 0, -1, -1, 0); }, kEnded},
    {"userfaultfd", [] { return raw(SYS_userfaultfd, 0); }, kEnded},
    {"keyctl", [] { return raw(SYS_keyctl, KEYCTL_GET_KEYRING_ID, -1, 0); }, kEnded},
    {"add_key", [] { return raw(SYS_add_key, at("user"), at("x"), at("y"), 1, -1); }, kEnded},
    {"futex_lock_pi", [] { return raw(SYS_futex, at(page), 6, 0); }, EPERM},
    {"membarrier", [] { return raw(SYS_membarrier, 0, 0); }, EPERM},
    // Namespaces, mounts, rights, the machine.
    {"mount", [] { return raw(SYS_mount, at("x"), at("/"), at("tmpfs"), 0, 0); }, kEnded},
    {"umount2", [] { return raw(SYS_umount2, at("/"), 0); }, kEnded},
    {"chroot", [] { return raw(SYS_chroot, at("..")); }, kEnded},
    {"pivot_root", [] { return raw(SYS_pivot_root, at("."), at(".")); }, kEnded},
    {"unshare", [] { return raw(SYS_unshare, CLONE_NEWUSER); }, kEnded},
    {"setns", [] { return raw(SYS_setns, 0, 0); }, kEnded},
    {"setuid", [] { return raw(SYS_setuid, 0); }, kEnded},
    {"capset", [] { return raw(SYS_capset, at(page), at(page)); }, kEnded},
    {"prctl_dumpable", [] { return raw(SYS_prctl, PR_SET_DUMPABLE, 1); }, EPERM},
    {"prctl_death_signal", [] { return raw(SYS_prctl, PR_SET_PDEATHSIG, 0); }, EPERM},
    {"another_filter", [] { return raw(SYS_seccomp, 1, 0, at(page)); }, kEnded},
    {"raise_a_limit", [] { rlimit l{9, 9}; return raw(SYS_prlimit64, 0, RLIMIT_NOFILE, at(&l), 0); }, EPERM},
    {"limit_of_another_process", [] { rlimit l{}; return raw(SYS_prlimit64, 1, RLIMIT_DATA, at(&l), 0); }, EPERM},
    {"uname", [] { return raw(SYS_uname, at(page)); }, EPERM},
    {"init_module", [] { return raw(SYS_init_module, at(page), 8, at("")); }, kEnded},
    {"reboot", [] { return raw(SYS_reboot, 0, 0, 0, 0); }, kEnded},
    {"clock_settime", [] { timespec t{}; return raw(SYS_clock_settime, CLOCK_REALTIME, at(&t)); }, kEnded},
    {"unknown_number", [] { return raw(4095); }, EPERM},
#ifdef __x86_64__
    // Other ways into the kernel, whose numbers mean other calls.
    {"x32_getpid", [] { return raw(0x40000000 | SYS_getpid); }, kEnded},
    {"i386_getpid", [] { long r = 20; asm volatile("int $0x80" : "+a"(r) : : "memory"); return r; }, kAnySignal},
#endif
};
// clang-format on

/// What a forked worker does first. Only plain calls: this runs in a fork of GoogleTest.
Jail jail_around_this_process() {
  Jail jail = Jail::prepare();
  WorkerDescriptors own;
  own.channel.reset(::memfd_create("channel", 0));
  own.to_worker.reset(::eventfd(1, EFD_NONBLOCK));
  own.to_front.reset(::eventfd(0, EFD_NONBLOCK));
  keep_only(own, jail.empty_root());
  own.to_worker.release(), own.to_front.release();
  return jail;
}

/// Runs `body` in a child: its wait status. The child ends without running anything of
/// GoogleTest's.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = -1;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

/// A thread that is through with its start, in which libc makes calls that the filter refuses, and
/// that does its work when finish() is called.
class EarlierThread {
 public:
  template <class Work>
  explicit EarlierThread(Work work)
      : thread_([this, work] {
          step(kStarted);
          step_.wait(kStarted);
          work();
        }) {
    step_.wait(kStarting);
  }
  void finish() {
    step(kFinishing);
    thread_.join();
  }

 private:
  enum Step : int { kStarting, kStarted, kFinishing };
  void step(Step next) {
    step_.store(next);
    step_.notify_all();
  }

  std::atomic<int> step_{kStarting};
  std::thread thread_;  // last: it uses the member above
};

int outcome(Attempt attempt) {
  errno = 0;
  return attempt() == -1 ? errno : kDone;
}

std::string what(int status) {
  if (WIFSIGNALED(status)) return std::string("ended by ") + ::strsignal(WTERMSIG(status));
  if (!WIFEXITED(status)) return "neither ended nor exited";
  if (WEXITSTATUS(status) == kDone) return "it was done";
  return std::string("refused: ") + std::strerror(WEXITSTATUS(status));
}

void expect_refused(const Probe& probe, int status) {
  if (probe.refusal == kAnySignal) {
    EXPECT_TRUE(WIFSIGNALED(status)) << what(status);
  } else if (probe.refusal != kEnded) {
    ASSERT_TRUE(WIFEXITED(status)) << what(status);
    EXPECT_EQ(WEXITSTATUS(status), probe.refusal) << what(status);
  } else if (kSanitized) {  // no call ends the process in such a build
    ASSERT_TRUE(WIFEXITED(status)) << what(status);
    EXPECT_EQ(WEXITSTATUS(status), EPERM) << what(status);
  } else {
    ASSERT_TRUE(WIFSIGNALED(status)) << what(status);
    EXPECT_EQ(WTERMSIG(status), SIGSYS) << what(status);
  }
}

class JailProbe : public ::testing::TestWithParam<Probe> {};

TEST_P(JailProbe, IsRefused) {
  expect_refused(GetParam(), in_child([] {
                   Jail jail = jail_around_this_process();
                   jail.confine().close();
                   return outcome(GetParam().attempt);
                 }));
}

// The watchdog is such a thread: made between the two steps.
TEST_P(JailProbe, IsRefusedToAThreadThatWasThereBefore) {
  expect_refused(GetParam(), in_child([] {
                   Jail jail = jail_around_this_process();
                   jail.confine();
                   int result = kNoJail;
                   EarlierThread thread([&] { result = outcome(GetParam().attempt); });
                   jail.close();
                   thread.finish();
                   return result;
                 }));
}

INSTANTIATE_TEST_SUITE_P(Native, JailProbe, ::testing::ValuesIn(kProbes),
                         [](const auto& one) { return std::string(one.param.name); });

// Each layer without the filter, which would hide it.

int after_confine(Attempt attempt) {
  return in_child([attempt] {
    Jail jail = jail_around_this_process();
    jail.confine();
    return outcome(attempt);
  });
}

bool lacks(ipc::JailPart part) {
  const int status = in_child([part] {
    Jail jail = jail_around_this_process();
    jail.confine().close();
    return jail.report().error(part) == 0 ? 1 : 0;
  });
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#define SKIP_WITHOUT(part) \
  if (lacks(part)) GTEST_SKIP() << "this system has no " << ipc::jail_part_info(part).name

TEST(JailLayers, NoFileCanBeOpenedWithoutTheFilter) {
  SKIP_WITHOUT(ipc::JailPart::kLandlockFiles);
  const int status = after_confine([] { return long{::open(".", O_RDONLY)}; });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), EACCES) << what(status);
}

TEST(JailLayers, NoFileHasANameWithoutTheFilter) {
  SKIP_WITHOUT(ipc::JailPart::kEmptyRoot);
  const int status = after_confine([] { return long{::access("/proc/self/maps", F_OK)}; });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), ENOENT) << what(status);
}

TEST(JailLayers, NoInterfaceIsThereWithoutTheFilter) {
  SKIP_WITHOUT(ipc::JailPart::kNetworkNamespace);
  const int status = after_confine([] {
    sockaddr_in outside{AF_INET, 0x5000, {0x08080808}, {}};
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    return long{::connect(socket, reinterpret_cast<sockaddr*>(&outside), sizeof outside)};
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), ENETUNREACH) << what(status);
}

TEST(JailLayers, NoTcpWithoutTheFilter) {
  SKIP_WITHOUT(ipc::JailPart::kLandlockTcp);
  const int status = after_confine([] {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    return long{::connect(socket, reinterpret_cast<sockaddr*>(&loopback), sizeof loopback)};
  });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), EACCES) << what(status);
}

TEST(JailLayers, NoOtherProcessCanBeSignalledWithoutTheFilter) {
  SKIP_WITHOUT(ipc::JailPart::kLandlockScope);
  const int status = after_confine([] { return long{::kill(::getppid(), 0)}; });
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), EPERM) << what(status);
}

TEST(JailLayers, WhatAWorkerNeedsGoesOn) {
  const int status = in_child([] {
    Jail jail = jail_around_this_process();
    jail.confine();
    bool ran = false;
    EarlierThread thread([&] { ran = true; });
    jail.close();
    thread.finish();  // futexes, the end of a thread
    const std::uint64_t one = 1;
    std::uint64_t got = 0;
    pollfd wake{kToWorkerFd, POLLIN, 0};
    if (::write(kToFrontFd, &one, sizeof one) != sizeof one) return 1;
    if (::poll(&wake, 1, 0) != 1) return 2;
    if (::read(kToWorkerFd, &got, sizeof got) != sizeof got) return 3;
    void* code = ::mmap(nullptr, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED) return 4;
    if (::mprotect(code, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) return 5;
    if (::madvise(code, 4096, MADV_DONTNEED) != 0 || ::munmap(code, 1 << 20) != 0) return 6;
    if (::getentropy(&got, sizeof got) != 0) return 7;
    timespec now{};
    if (::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) return 8;
    const rlimit fence{RLIM_INFINITY, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_DATA, &fence) != 0) return 9;
    return ran ? 0 : 10;
  });
  ASSERT_TRUE(WIFEXITED(status)) << what(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

std::atomic<int> dumpable{-1};
std::atomic<bool> closed{false};

// Another process on the same memory, which is what has the mark; the filter is for this one only.
int ask_when_closed(void*) {
  while (!closed.load()) ::syscall(SYS_sched_yield);
  dumpable.store(static_cast<int>(::syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0)));
  ::syscall(SYS_exit, 0);
  return 0;
}

TEST(JailLayers, TheProcessCanNotBeLookedInto) {
  const int status = in_child([] {
    Jail jail = jail_around_this_process();
    jail.confine();
    if (::prctl(PR_SET_DUMPABLE, 1) != 0) return kNoJail;  // whatever confine() has made of it
    alignas(16) static char stack[64 * 1024];
    if (::clone(ask_when_closed, stack + sizeof stack, CLONE_VM, nullptr) < 0) return kNoJail;
    jail.close();
    closed.store(true);
    while (dumpable.load() == -1) ::sched_yield();
    return dumpable.load();
  });
  ASSERT_TRUE(WIFEXITED(status)) << what(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

/// What the filter says to a call: the kernel's interpreter of classic BPF, as far as seccomp uses
/// it.
std::uint32_t verdict(std::span<const sock_filter> program, const seccomp_data& call) {
  std::uint32_t value = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&value, reinterpret_cast<const char*>(&call) + step.k, sizeof value);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        value &= step.k;
        break;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += value == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        at += value > step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += value >= step.k ? step.jt : step.jf;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        ADD_FAILURE() << "an instruction that this test does not know: " << step.code;
        return SECCOMP_RET_KILL_PROCESS;
    }
  }
  return SECCOMP_RET_KILL_PROCESS;
}

TEST(JailFilter, AllowsNoCallButThese) {
  if (kSanitized) GTEST_SKIP() << "sanitizers need more";
  const std::set<int> allowed = {SYS_read,           SYS_write,        SYS_ppoll,
                                 SYS_poll,           SYS_mmap,         SYS_munmap,
                                 SYS_mremap,         SYS_mprotect,     SYS_pkey_mprotect,
                                 SYS_madvise,        SYS_brk,          SYS_prlimit64,
                                 SYS_futex,          SYS_sched_yield,  SYS_sched_getaffinity,
                                 SYS_gettid,         SYS_getpid,       SYS_rt_sigtimedwait,
                                 SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_restart_syscall,
                                 SYS_clock_gettime,  SYS_clock_getres, SYS_gettimeofday,
                                 SYS_getrandom,      SYS_exit,         SYS_exit_group};
  const auto filter = make_jail_filter();
  ASSERT_TRUE(filter.has_value());
  std::set<int> seen;
  for (int number = 0; number < 1024; ++number) {
    for (const std::uint64_t argument : {0ULL, 1ULL, 2ULL, 3ULL, 4ULL, 34ULL, 0x22ULL, ~0ULL}) {
      seccomp_data call{
          .nr = number, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = 0, .args = {}};
      std::ranges::fill(call.args, argument);
      if (verdict(*filter, call) != SECCOMP_RET_ALLOW) continue;
      seen.insert(number);
      EXPECT_TRUE(allowed.contains(number)) << "system call " << number;
    }
  }
  EXPECT_TRUE(seen.contains(SYS_brk) && seen.contains(SYS_read)) << "or this sees nothing";
}

TEST(JailFilter, KnowsEachDeadlyCallByName) {
  EXPECT_GT(deadly_calls().size(), 60U);
  for (const std::string_view name : deadly_calls())
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789"), name.npos) << name;
  const auto filter = make_jail_filter();
  ASSERT_TRUE(filter.has_value()) << std::strerror(filter.error());
  EXPECT_LT(filter->size(), 400U);
}

}  // namespace
}  // namespace brink::sandbox
