#include "sandbox/zygote.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "sandbox/child_setup.h"

namespace brink::sandbox {
namespace {

using ipc::ControlMessage;
using Kind = ipc::ControlMessage::Kind;

int open_pidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

void send_or_exit(int control, const ControlMessage& message, std::span<const int> fds = {}) {
  if (!ipc::send_control(control, message, fds)) ::_exit(0);  // the front is gone
}

/// Forks. True in the child, with its descriptors in `child`.
bool spawn(int control, ipc::ReceivedControl& request, const sigset_t& normal_signals,
           WorkerDescriptors& child) {
  if (request.fds.size() != 3) {
    send_or_exit(control, {.kind = Kind::kSpawnError, .status = EINVAL});
    return false;
  }
  const pid_t zygote = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::sigprocmask(SIG_SETMASK, &normal_signals, nullptr);
    child = {std::move(request.fds[0]), std::move(request.fds[1]), std::move(request.fds[2])};
    die_with_parent(zygote);
    return true;
  }
  if (pid < 0) {
    send_or_exit(control, {.kind = Kind::kSpawnError, .status = errno});
    return false;
  }
  ipc::Fd pidfd(open_pidfd(pid));
  if (!pidfd) {
    const int error = errno;
    ::kill(pid, SIGKILL);
    send_or_exit(control, {.kind = Kind::kSpawnError, .status = error});
    return false;
  }
  const int fd = pidfd.get();
  send_or_exit(control, {.kind = Kind::kSpawned, .pid = pid}, {&fd, 1});
  return false;
}

void reap(int control) {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    send_or_exit(control, {.kind = Kind::kExited, .pid = pid, .status = status});
  }
}

}  // namespace

int run_zygote(ipc::Fd control, const std::function<int(WorkerDescriptors)>& worker) {
  // What the front has to know must not be lost to a full socket, however the front made it.
  ::fcntl(control.get(), F_SETFL, ::fcntl(control.get(), F_GETFL) & ~O_NONBLOCK);
  // Workers end with the zygote, the zygote with the front's end of the socket.
  sigset_t child_ended, normal_signals;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child_ended, &normal_signals);
  std::signal(SIGINT, SIG_IGN);  // Ctrl-C reaches the whole terminal group; the front decides
  std::signal(SIGTERM, SIG_IGN);
  ipc::Fd signals(::signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) {
    std::perror("brink-worker: signalfd");
    return 1;
  }
  std::array<pollfd, 2> watched{{{control.get(), POLLIN, 0}, {signals.get(), POLLIN, 0}}};
  for (;;) {
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return 1;
    if (watched[1].revents != 0) {
      signalfd_siginfo ignored{};
      while (::read(signals.get(), &ignored, sizeof ignored) > 0) continue;
      reap(control.get());
    }
    if (watched[0].revents == 0) continue;
    Result<ipc::ReceivedControl> request = ipc::receive_control(control.get());
    if (!request) {
      if (request.error().message.empty()) continue;
      return request.error().code == ErrorCode::kClientGone ? 0 : 1;
    }
    WorkerDescriptors child;
    if (request->message.kind == Kind::kSpawn &&
        spawn(control.get(), *request, normal_signals, child)) {
      control.reset();
      signals.reset();
      return worker(std::move(child));
    }
  }
}

}  // namespace brink::sandbox
