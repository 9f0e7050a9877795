#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/http/bound_socket.h"
#include "core/ipc/descriptors.h"
#include "core/observe/log.h"
#include "core/supervise/cell.h"
#include "core/supervise/restart_backoff.h"

namespace brink::supervise {

/// The master of several cells: forks them, hands on signals, replaces one that ends, and keeps
/// their sockets meanwhile, so that no client is refused. It has no loop, no thread and no state of
/// a request, which is why it may fork at any time; a cell is a copy of it. Owned by main().
class Cells {
 public:
  struct Options {
    /// One for each cell, at least one.
    std::vector<http::BoundSocket> sockets;
    /// The core that each cell keeps to, with all that it starts; empty: any of the master's.
    std::vector<int> cores;
    /// Runs in a cell's own process until it ends; returns its exit code.
    std::function<int(Cell&)> run;
    /// Every cell listens, or has been tried. Called once, in the master.
    std::function<void()> serving;
  };

  /// `log` must outlive this.
  Cells(Options options, Log& log);
  Cells(const Cells&) = delete;
  Cells& operator=(const Cells&) = delete;

  /// Runs until all cells have ended, which SIGTERM or SIGINT makes them do; the second of these
  /// ends them at once. The first cell is started alone: when it ends before it listens, its exit
  /// code is the result, so what is wrong with the configuration is said once. Otherwise 0, or 1
  /// when a cell did not end well. kSystem: the first could not be started.
  Result<int> run();

 private:
  struct Slot {
    http::BoundSocket socket;
    std::optional<int> core;
    ipc::Fd control;  // while it runs
    pid_t pid = 0;    // 0: it does not run
    bool tried = false;
    RestartBackoff backoff;
    std::uint64_t due_ms = 0;  // when it may be started
  };

  Result<void> watch_signals();
  Result<void> start(std::size_t index);
  void keep_to_core(std::size_t index);
  [[noreturn]] void run_cell(std::size_t index, ipc::Fd control, pid_t master);
  void start_due();
  void wait_for_news();
  int pause_ms() const;
  void on_signal(int number);
  void reap();
  void on_ended(std::size_t index, int status);
  void put_off(Slot& slot);
  void hear(Slot& slot);
  void say_when_all_tried();
  void tell_all(CellMessage message) const;
  void drain();
  void end_now();
  bool any_runs() const;

  std::vector<Slot> slots_;
  const std::function<int(Cell&)> run_;
  std::function<void()> serving_;
  Log& log_;
  ipc::Fd signals_;
  sigset_t mask_before_{};
  bool first_listened_ = false;
  bool draining_ = false;
  bool ending_now_ = false;
  int exit_code_ = 0;
};

}  // namespace brink::supervise
