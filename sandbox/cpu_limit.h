#pragma once

#include <pthread.h>
#include <v8.h>

#include <atomic>
#include <cstdint>
#include <ctime>

#include "core/ipc/channel.h"

namespace brink::sandbox {

/// Status of a worker that ends because a script can't be stopped.
inline constexpr int kCpuExitStatus = 78;

/// CPU time that one request (or the loading of an app) has used and may use, over all its turns.
struct CpuBudget {
  std::uint64_t used_ns = 0;
  std::uint64_t limit_ns = 0;
  bool exhausted() const { return used_ns >= limit_ns; }
};

/// Ends JavaScript that uses more CPU time than its budget allows.
///
/// The main thread says when a turn begins and ends; a watchdog thread terminates a turn that runs
/// too long. The watchdog sleeps until a timer on the main thread's *CPU clock* expires: an idle
/// worker causes no wake-ups, and the hot path pays two clock reads and no system call.
///
/// Short turns are charged their wall time, which bounds their CPU time; long ones are charged CPU
/// time, so that a busy machine does not end a request that only waited for a core: what the CPU
/// clock, which is a system call to read, went on since it was last read, without short turns and
/// the time between turns. These are known by the wall clock only, so the CPU clock is read once in
/// a millisecond of them.
///
/// begin(), end(): main thread. Lives as long as the isolate.
class CpuLimit {
 public:
  CpuLimit(v8::Isolate* isolate, ipc::WorkerStatus& status);
  ~CpuLimit();
  CpuLimit(const CpuLimit&) = delete;
  CpuLimit& operator=(const CpuLimit&) = delete;

  /// A turn of `request` (0: none) begins.
  void begin(std::uint32_t request, const CpuBudget& budget);
  /// The turn ends; charges the budget. True: the watchdog terminated it, the caller has to cancel
  /// the termination. After end() no stale termination can arrive.
  bool end(CpuBudget& budget);
  /// How long the running turn has lasted, by the wall clock.
  std::uint64_t turn_ns() const;
  /// Has the watchdog decided to terminate the running turn?
  bool fired() const { return (turn_.state.load(std::memory_order_relaxed) & 2) != 0; }

  /// Around the worker's sleep, which takes no CPU time.
  void before_sleep() { count_outside(monotonic_ns()); }
  void after_sleep() { boundary_ns_ = monotonic_ns(); }

 private:
  static std::uint64_t monotonic_ns();
  void watch();
  [[noreturn]] void end_process();
  std::uint64_t charge(std::uint64_t wall_ns);
  /// What the main thread does between turns is nobody's.
  void count_outside(std::uint64_t now_ns) { not_charged_ns_ += now_ns - boundary_ns_; }

  // The running turn, for the watchdog. `state` is turn << 2 | phase and guards the other fields.
  struct alignas(64) Turn {
    std::atomic<std::uint64_t> state{0};
    std::atomic<std::uint64_t> start_cpu_ns{0};  // at most a millisecond after it began
    std::atomic<std::uint64_t> used_ns{0};
    std::atomic<std::uint64_t> limit_ns{0};
  };

  v8::Isolate* isolate_;
  ipc::WorkerStatus& status_;
  Turn turn_;
  std::uint64_t turn_number_ = 0;
  std::uint64_t turn_start_ns_ = 0;
  std::uint64_t boundary_ns_ = 0;     // the last turn ended, or the worker woke up
  std::uint64_t cpu_mark_ns_ = 0;     // main thread's CPU clock when it was last read
  std::uint64_t not_charged_ns_ = 0;  // wall time since the mark that is no long turn's, awake
  clockid_t main_clock_{};
  timer_t timer_{};
  bool has_timer_ = false;
  std::atomic<bool> stopping_{false};
  std::atomic<int> watchdog_id_{0};
  pthread_t watchdog_{};
};

}  // namespace brink::sandbox
