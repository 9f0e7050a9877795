#include "sandbox/child_setup.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "sandbox/jail_filter.h"

namespace brink::sandbox {
namespace {

constexpr int kChannelFd = 5;
constexpr int kKeptFd = 6;
constexpr int kFirstClosedFd = 7;

void require(bool done, const char* what) {
  if (done) return;
  std::perror(what);
  ::_exit(1);
}

// Above all numbers that place() fills.
void lift(ipc::Fd& fd) {
  fd.reset(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstClosedFd));
  require(static_cast<bool>(fd), "brink-worker: F_DUPFD");
}

void place(ipc::Fd& fd, int number) {
  require(::dup3(fd.get(), number, O_CLOEXEC) == number, "brink-worker: dup3");
  fd.reset(number);
}

}  // namespace

void die_with_parent(pid_t parent) {
  require(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "brink-worker: PR_SET_PDEATHSIG");
  if (::getppid() != parent) ::_exit(0);  // it ended before the line above
}

void keep_only(WorkerDescriptors& own, ipc::Fd& kept) {
  lift(own.channel), lift(own.to_worker), lift(own.to_front);
  if (kept) lift(kept);
  place(own.to_worker, kToWorkerFd);
  place(own.to_front, kToFrontFd);
  place(own.channel, kChannelFd);
  if (kept) place(kept, kKeptFd);
  require(::close_range(kept ? kFirstClosedFd : kKeptFd, ~0U, 0) == 0, "brink-worker: close_range");

  // Numbers 0 and 1 stay taken: a library that writes there must not reach anything.
  const ipc::Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  require(::dup2(null.get(), STDIN_FILENO) == STDIN_FILENO &&
              ::dup2(null.get(), STDOUT_FILENO) == STDOUT_FILENO,
          "brink-worker: /dev/null");
}

}  // namespace brink::sandbox
