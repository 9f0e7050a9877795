#include "sandbox/child_setup.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace brink::sandbox {
namespace {

void require(bool done, const char* what) {
  if (done) return;
  std::perror(what);
  ::_exit(1);
}

}  // namespace

void die_with_parent(pid_t parent) {
  require(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "brink-worker: PR_SET_PDEATHSIG");
  if (::getppid() != parent) ::_exit(0);  // it ended before the line above
}

void shed_privileges(const WorkerDescriptors& keep) {
  std::array kept{STDERR_FILENO, keep.channel.get(), keep.to_worker.get(), keep.to_front.get()};
  std::ranges::sort(kept);
  unsigned next = 0;
  for (const int fd : kept) {
    const auto number = static_cast<unsigned>(fd);
    if (number > next)
      require(::close_range(next, number - 1, 0) == 0, "brink-worker: close_range");
    next = number + 1;
  }
  require(::close_range(next, ~0U, 0) == 0, "brink-worker: close_range");

  // Numbers 0 and 1 stay taken: a library that writes there must not reach a ring or an eventfd.
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  require(null == STDIN_FILENO && ::dup(null) == STDOUT_FILENO, "brink-worker: /dev/null");

  const rlimit no_core{0, 0};
  const rlimit few_files{64, 64};  // ICU opens its time zone files one at a time
  require(::setrlimit(RLIMIT_CORE, &no_core) == 0, "brink-worker: RLIMIT_CORE");
  require(::setrlimit(RLIMIT_NOFILE, &few_files) == 0, "brink-worker: RLIMIT_NOFILE");
  require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "brink-worker: PR_SET_NO_NEW_PRIVS");
}

}  // namespace brink::sandbox
