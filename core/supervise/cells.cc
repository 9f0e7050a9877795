#include "core/supervise/cells.h"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

namespace brink::supervise {
namespace {

constexpr int kPassedOn[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
/// Unlike an app's worker a cell is a share of all capacity.
constexpr std::uint64_t kMaxPause_ms = 2'000;

std::uint64_t now_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1000 +
         static_cast<std::uint64_t>(time.tv_nsec) / 1'000'000;
}

std::unexpected<Error> system_error(const char* what) {
  return fail(ErrorCode::kSystem, std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

Cells::Cells(Options options, Log& log)
    : run_(std::move(options.run)), serving_(std::move(options.serving)), log_(log) {
  for (http::BoundSocket& socket : options.sockets) slots_.push_back({.socket = std::move(socket)});
  for (std::size_t i = 0; i < options.cores.size(); ++i) {
    slots_[i].core = options.cores[i];
    slots_[i].socket.prefer_core(options.cores[i]);
  }
}

Result<int> Cells::run() {
  if (auto watched = watch_signals(); !watched) return std::unexpected(watched.error());
  if (auto started = start(0); !started) return std::unexpected(started.error());
  while (any_runs() || (first_listened_ && !draining_)) {
    wait_for_news();
    start_due();
  }
  for (Slot& slot : slots_) slot.socket.remove_file();
  ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  return exit_code_;
}

Result<void> Cells::watch_signals() {
  sigset_t watched;
  ::sigemptyset(&watched);
  for (const int number : kPassedOn) ::sigaddset(&watched, number);
  ::sigaddset(&watched, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &watched, &mask_before_);
  signals_.reset(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return system_error("signalfd");
  return {};
}

// -------------------------------------------------------------------------------------- starting

Result<void> Cells::start(std::size_t index) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return system_error("a cell's socket");
  }
  ipc::Fd ours(ends[0]);
  ipc::Fd theirs(ends[1]);
  const pid_t master = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return system_error("cannot fork a cell");
  if (pid == 0) {
    ours.reset();
    run_cell(index, std::move(theirs), master);
  }
  slots_[index].pid = pid;
  slots_[index].control = std::move(ours);
  return {};
}

void Cells::keep_to_core(std::size_t index) {
  const std::optional<int> core = slots_[index].core;
  if (!core) return;
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(*core, &only);
  if (::sched_setaffinity(0, sizeof only, &only) == 0) return;
  log_.warn("cannot keep a cell to its core",
            {{"cell", index + 1}, {"core", *core}, {"reason", std::strerror(errno)}});
}

void Cells::run_cell(std::size_t index, ipc::Fd control, pid_t master) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != master) ::_exit(0);  // it ended before the line above
  for (const int number : kPassedOn) std::signal(number, SIG_IGN);
  ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  signals_.reset();
  keep_to_core(index);
  http::BoundSocket socket = std::move(slots_[index].socket);
  socket.file.clear();  // the master's to remove
  slots_.clear();       // the others' descriptors
  const std::string name = "brink cell " + std::to_string(index + 1);
  ::prctl(PR_SET_NAME, name.c_str());
  Cell cell(index + 1, std::move(control), std::move(socket));
  // What the master has on the stack is not this process's to take down.
  ::_exit(run_(cell));
}

void Cells::start_due() {
  if (draining_ || !first_listened_) return;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.pid != 0 || now_ms() < slot.due_ms) continue;
    if (auto started = start(i); !started) {
      log_.error("cannot start a cell", {{"cell", i + 1}, {"reason", started.error().message}});
      put_off(slot);
    }
  }
  say_when_all_tried();
}

void Cells::put_off(Slot& slot) {
  slot.tried = true;
  slot.backoff.failed(now_ms());
  slot.due_ms = now_ms() + std::min(kMaxPause_ms, slot.backoff.pause_ms(now_ms()));
}

void Cells::say_when_all_tried() {
  const bool all = std::ranges::all_of(slots_, [](const Slot& slot) { return slot.tried; });
  if (all && serving_) std::exchange(serving_, {})();
}

// -------------------------------------------------------------------------------------- listening

// Until the next cell is due; -1: none is.
int Cells::pause_ms() const {
  if (draining_ || !first_listened_) return -1;
  int pause = -1;
  const std::uint64_t now = now_ms();
  for (const Slot& slot : slots_) {
    if (slot.pid != 0) continue;
    const int due = slot.due_ms > now ? static_cast<int>(slot.due_ms - now) : 0;
    pause = pause < 0 ? due : std::min(pause, due);
  }
  return pause;
}

void Cells::wait_for_news() {
  std::vector<pollfd> watched{{signals_.get(), POLLIN, 0}};
  for (const Slot& slot : slots_) watched.push_back({slot.control.get(), POLLIN, 0});
  if (::poll(watched.data(), watched.size(), pause_ms()) < 0) return;
  // First what they have said, then how they ended.
  for (Slot& slot : slots_) hear(slot);
  signalfd_siginfo signal{};
  while (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
    on_signal(static_cast<int>(signal.ssi_signo));
  }
}

void Cells::hear(Slot& slot) {
  CellMessage message{};
  if (!slot.control || ::read(slot.control.get(), &message, sizeof message) <= 0) return;
  if (message != CellMessage::kListening) return;
  slot.tried = first_listened_ = true;
}

void Cells::on_signal(int number) {
  switch (number) {
    case SIGCHLD:
      return reap();
    case SIGHUP:
    case SIGUSR1:
      return tell_all(CellMessage::kReopenLogs);
    default:
      if (draining_) return end_now();
      log_.info("draining; again to exit at once",
                {{"signal", number == SIGTERM ? "SIGTERM" : "SIGINT"}});
      drain();
  }
}

void Cells::tell_all(CellMessage message) const {
  for (const Slot& slot : slots_) {
    if (slot.control) ::send(slot.control.get(), &message, sizeof message, MSG_NOSIGNAL);
  }
}

void Cells::drain() {
  draining_ = true;
  for (Slot& slot : slots_) slot.socket.remove_file();
  tell_all(CellMessage::kDrain);
  // A socket listens for as long as anybody has it.
  for (Slot& slot : slots_) slot.socket.fd.reset();
}

void Cells::end_now() {
  ending_now_ = true;
  for (const Slot& slot : slots_) {
    if (slot.pid != 0) ::kill(slot.pid, SIGKILL);
  }
}

bool Cells::any_runs() const {
  return std::ranges::any_of(slots_, [](const Slot& slot) { return slot.pid != 0; });
}

// ------------------------------------------------------------------------------------------ ending

void Cells::reap() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    int status = 0;
    if (slots_[i].pid == 0 || ::waitpid(slots_[i].pid, &status, WNOHANG) != slots_[i].pid) continue;
    on_ended(i, status);
  }
}

void Cells::on_ended(std::size_t index, int status) {
  Slot& slot = slots_[index];
  hear(slot);
  const pid_t pid = std::exchange(slot.pid, 0);
  slot.control.reset();
  if (draining_ || !first_listened_) {
    const bool killed = !WIFEXITED(status);
    if (killed || (draining_ && WEXITSTATUS(status) != 0)) exit_code_ = 1;
    if (!killed && !draining_) exit_code_ = WEXITSTATUS(status);
    if (killed && !ending_now_) {
      log_.error("cell ended", {{"cell", index + 1}, {"pid", pid}, {"status", status}});
    }
    return;
  }
  put_off(slot);
  log_.error("cell ended; starting another",
             {{"cell", index + 1}, {"pid", pid}, {"status", status}});
  // One that comes at once takes over the connections that wait. Otherwise new ones go to the
  // others until it listens again.
  if (slot.due_ms > now_ms() && !slot.socket.is_unix()) {
    ::shutdown(slot.socket.fd.get(), SHUT_RD);
  }
}

}  // namespace brink::supervise
