#include "core/supervise/zygote.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <utility>

extern char** environ;

namespace brink::supervise {
namespace {

constexpr int kControlFd = 3;  // where brink-worker expects its end
constexpr int kMaxExit_ms = 1000;

bool ends_within(int pid, int limit_ms) {
  const ipc::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd ended{process.get(), POLLIN, 0};
  return ::poll(&ended, 1, limit_ms) > 0;
}

std::unexpected<Error> system_error(const std::string& what, int number) {
  return fail(ErrorCode::kSystem, what + ": " + std::strerror(number));
}

}  // namespace

Result<std::unique_ptr<Zygote>> Zygote::start(EventLoop& loop, const std::string& executable,
                                              Observer& observer) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return system_error("zygote socket", errno);
  }
  ipc::Fd ours(ends[0]);
  // dup2 onto itself would keep close-on-exec, so its number must not be the target's.
  ipc::Fd theirs(::fcntl(ends[1], F_DUPFD_CLOEXEC, kControlFd + 1));
  ::close(ends[1]);
  if (!theirs) return system_error("zygote socket", errno);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, 2, 1);
  posix_spawn_file_actions_adddup2(&actions, theirs.get(), kControlFd);
  posix_spawn_file_actions_addclosefrom_np(&actions, kControlFd + 1);
  std::string name = "brink-worker";
  std::array<char*, 2> argv = {name.data(), nullptr};
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, executable.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT && ::access("/dev/null", R_OK) != 0)
    return system_error("cannot start the workers: /dev/null", error);
  if (error != 0) return system_error("cannot start " + executable, error);

  std::unique_ptr<Zygote> zygote(new Zygote(observer, std::move(ours), pid));
  auto watcher =
      FdWatcher::watch(loop, zygote->control_.get(), [z = zygote.get()] { z->on_readable(); });
  if (!watcher) return std::unexpected(watcher.error());
  zygote->watcher_ = std::move(*watcher);
  zygote->watcher_->set_background(true);
  return zygote;
}

Zygote::~Zygote() {
  watcher_.reset();
  control_.reset();  // it sees the end of the socket and exits
  if (!ends_within(pid_, kMaxExit_ms)) kill();
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

void Zygote::kill() { ::kill(pid_, SIGKILL); }

Result<void> Zygote::spawn(int channel_memfd, int to_worker_eventfd, int to_front_eventfd,
                           Spawned done) {
  const int fds[] = {channel_memfd, to_worker_eventfd, to_front_eventfd};
  auto sent = ipc::send_control(control_.get(), {ipc::ControlMessage::Kind::kSpawn, 0, 0}, fds);
  if (sent) waiting_.push_back(std::move(done));
  return sent;
}

void Zygote::on_readable() {
  using Kind = ipc::ControlMessage::Kind;
  for (;;) {
    Result<ipc::ReceivedControl> received = ipc::receive_control(control_.get());
    if (!received) {
      if (!received.error().message.empty()) {
        watcher_->pause();
        observer_.on_zygote_gone();  // may destroy this
      }
      return;
    }
    const ipc::ControlMessage& message = received->message;
    if (message.kind == Kind::kExited) {
      observer_.on_process_exit(message.pid, message.status);
      continue;
    }
    if (waiting_.empty()) continue;
    Spawned done = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    if (message.kind == Kind::kSpawned && received->fds.size() == 1) {
      done(SpawnedProcess{message.pid, std::move(received->fds[0])});
    } else {
      // Without its descriptor the process is there, but this one had no room to receive it.
      const int number = message.kind == Kind::kSpawned ? EMFILE : message.status;
      done(system_error("cannot fork a worker", number));
    }
  }
}

}  // namespace brink::supervise
