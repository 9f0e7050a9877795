#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/base/memory_budget.h"
#include "core/loop/socket_batch.h"

namespace brink {

class TurnHooks;
class TurnTask;

/// One thread's libuv loop. Owned by main() (or a test); used only on the thread that runs it; must
/// outlive every object made with it.
///
/// A turn is: timers, sleep until something is ready, callbacks of what is ready. Deferred
/// functions and turn hooks run around the sleep.
class EventLoop {
 public:
  /// Also makes the process ignore SIGPIPE: a peer that is gone is an error of the write.
  EventLoop();
  /// Waits for the handles that are being closed. A handle that nobody closed is a bug: it aborts.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Runs until stop() is called or nothing is left that could happen.
  void run();
  /// One turn: sleeps until something happens.
  void run_once();
  /// One turn without sleeping.
  void run_ready();
  /// Makes run() return after this turn. Only on the loop's thread.
  void stop();

  /// Monotonic time, read once per turn.
  std::uint64_t now_ms() const { return uv_now(&loop_); }

  /// Runs `fn` once, later in this turn or early in the next, never before this returns. The loop
  /// does not sleep or end before it ran. For work that comes back for each request see TurnTask.
  void defer(std::function<void()> fn);

  /// Where a callback may read to, until it returns. One for all who read: it stays in the CPU's
  /// cache, and a thousand pools of connections need none of their own. A multiple of what fits
  /// into one segment of the loopback interface, so that passing it on sends no small rest.
  static constexpr std::size_t kReadSpace_bytes = 4 * std::size_t{65'472};
  char* read_space() { return read_space_.get(); }

  /// Counts the turns: who reads much at a time reads once in each, so that the small requests of
  /// others don't wait for megabytes.
  std::uint64_t turn() const { return turn_; }

  /// Receives when all I/O callbacks of the turn have run, sends before each round of deferred
  /// work.
  SocketBatch& sockets() { return sockets_; }

  /// Of all that waits to be written, or read, in this front.
  MemoryBudget& memory() { return memory_; }
  /// How many sockets have a handle of this loop: kept by http/socket_handle.h.
  std::size_t& open_sockets() { return open_sockets_; }

  uv_loop_t* raw() { return &loop_; }

 private:
  friend class TurnHooks;
  friend class TurnTask;

  void add_hooks(TurnHooks* hooks);
  void remove_hooks(TurnHooks* hooks);
  void before_sleep();
  void after_wake();
  void add_task(TurnTask* task);
  void remove_task(TurnTask* task);
  bool has_deferred() const { return !deferred_.empty() || !tasks_.empty(); }
  void stay_awake();
  void run_deferred();
  void run_deferred_round();
  void forget_removed_hooks();
  void close_own_handles();

  uv_loop_t loop_;
  uv_prepare_t prepare_;
  uv_check_t check_;
  uv_idle_t idle_;  // Active while deferred work waits: it keeps the loop from sleeping.
  SocketBatch sockets_;
  const std::unique_ptr<char[]> read_space_{new char[kReadSpace_bytes]};
  MemoryBudget memory_;
  std::size_t open_sockets_ = 0;
  std::uint64_t turn_ = 0;
  std::vector<std::function<void()>> deferred_;
  std::vector<std::function<void()>> running_;
  std::vector<TurnTask*> tasks_;
  std::vector<TurnTask*> running_tasks_;  // nullptr: died before its turn
  std::vector<TurnHooks*> hooks_;         // nullptr: removed while the list was being walked
};

}  // namespace brink
