#include "sandbox/cpu_limit.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>

#include "core/base/errors.h"

namespace brink::sandbox {
namespace {

enum Phase : std::uint64_t { kIdle = 0, kRunning = 1, kFiring = 2, kFired = 3 };
constexpr std::uint64_t kPhaseMask = 3;

constexpr long kWatchEvery_ns = 5'000'000;  // of the main thread's CPU time
// A terminated turn that goes on for so long is in a loop of V8's own that knows no termination
// (fill() of a huge array: seconds): then the process is ended. Most turns unwind within a
// millisecond; the collector may be at work for some tens. The front ends such a worker from
// outside 25 ms after the limit, so this is for a front that is late.
constexpr std::uint64_t kOvertime_ns = 60'000'000;
constexpr std::uint64_t kLongTurn_ns = 250'000;  // shorter ones are charged wall time
// The CPU clock is read again before a turn that begins so long after it was read: this much a long
// turn may be charged too little, however long other work was kept from its core.
constexpr std::uint64_t kMaxUnread_ns = 1'000'000;
constexpr int kWakeSignal = SIGUSR2;
constexpr std::size_t kWatchdogStack_bytes = 256 * 1024;

std::uint64_t read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

[[noreturn]] void cannot_watch(const char* what) {
  std::perror(what);
  ::_exit(1);  // without a watchdog no script may run
}

}  // namespace

std::uint64_t CpuLimit::monotonic_ns() { return read_clock(CLOCK_MONOTONIC); }

CpuLimit::CpuLimit(v8::Isolate* isolate, ipc::WorkerStatus& status)
    : isolate_(isolate), status_(status) {
  if (::pthread_getcpuclockid(::pthread_self(), &main_clock_) != 0)
    cannot_watch("brink-worker: CPU clock");
  cpu_mark_ns_ = read_clock(main_clock_);
  boundary_ns_ = monotonic_ns();
  // Blocked here, so that the watchdog inherits it blocked and takes it with sigwaitinfo only.
  sigset_t wake;
  sigemptyset(&wake);
  sigaddset(&wake, kWakeSignal);
  ::pthread_sigmask(SIG_BLOCK, &wake, nullptr);
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kWatchdogStack_bytes);
  const auto run = [](void* self) -> void* {
    static_cast<CpuLimit*>(self)->watch();
    return nullptr;
  };
  if (::pthread_create(&watchdog_, &attributes, run, this) != 0)
    cannot_watch("brink-worker: watchdog");
  ::pthread_attr_destroy(&attributes);
  watchdog_id_.wait(0);

  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = kWakeSignal;
#ifdef sigev_notify_thread_id
  event.sigev_notify_thread_id = watchdog_id_.load();
#else
  event._sigev_un._tid = watchdog_id_.load();
#endif
  if (::timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) != 0) {
    cannot_watch("brink-worker: CPU timer");
  }
  has_timer_ = true;
  const itimerspec every{{0, kWatchEvery_ns}, {0, kWatchEvery_ns}};
  if (::timer_settime(timer_, 0, &every, nullptr) != 0) cannot_watch("brink-worker: CPU timer");
}

CpuLimit::~CpuLimit() {
  stopping_.store(true);
  ::pthread_kill(watchdog_, kWakeSignal);
  ::pthread_join(watchdog_, nullptr);
  // Not earlier: the kernel drops what is pending of a timer that is gone, and this signal with it.
  if (has_timer_) ::timer_delete(timer_);
}

void CpuLimit::begin(std::uint32_t request, const CpuBudget& budget) {
  turn_start_ns_ = monotonic_ns();
  count_outside(turn_start_ns_);
  if (not_charged_ns_ > kMaxUnread_ns) {
    cpu_mark_ns_ = read_clock(main_clock_);
    not_charged_ns_ = 0;
  }
  turn_.start_cpu_ns.store(cpu_mark_ns_ + not_charged_ns_, std::memory_order_relaxed);
  turn_.used_ns.store(budget.used_ns, std::memory_order_relaxed);
  turn_.limit_ns.store(budget.limit_ns, std::memory_order_relaxed);
  turn_.state.store(++turn_number_ << 2 | kRunning, std::memory_order_release);
  status_.current_request.store(request, std::memory_order_relaxed);
  status_.turn_budget_us.store(budget.exhausted() ? 0 : (budget.limit_ns - budget.used_ns) / 1000,
                               std::memory_order_relaxed);
  status_.turn.store(2 * turn_number_ - 1, std::memory_order_release);
}

bool CpuLimit::end(CpuBudget& budget) {
  bool fired = false;
  for (;;) {
    std::uint64_t state = turn_.state.load(std::memory_order_acquire);
    if ((state & kPhaseMask) == kFiring) {  // between its decision and TerminateExecution()
      ::sched_yield();
      continue;
    }
    fired = (state & kPhaseMask) == kFired;
    if (turn_.state.compare_exchange_strong(state, turn_number_ << 2 | kIdle,
                                            std::memory_order_acq_rel)) {
      break;
    }
  }
  status_.turn.store(2 * turn_number_, std::memory_order_release);
  status_.current_request.store(0, std::memory_order_relaxed);
  boundary_ns_ = monotonic_ns();
  budget.used_ns += charge(boundary_ns_ - turn_start_ns_);
  return fired;
}

std::uint64_t CpuLimit::turn_ns() const { return monotonic_ns() - turn_start_ns_; }

std::uint64_t CpuLimit::charge(std::uint64_t wall_ns) {
  if (wall_ns < kLongTurn_ns) {
    not_charged_ns_ += wall_ns;
    return wall_ns;
  }
  const std::uint64_t cpu_ns = read_clock(main_clock_);
  const std::uint64_t since_mark_ns = cpu_ns - cpu_mark_ns_;
  const std::uint64_t others_ns = std::min(since_mark_ns, not_charged_ns_);
  cpu_mark_ns_ = cpu_ns;
  not_charged_ns_ = 0;
  return std::min(wall_ns, since_mark_ns - others_ns);
}

void CpuLimit::end_process() {
  status_.exit_code_name.store(static_cast<std::uint32_t>(ErrorCode::kCpuLimit) + 1,
                               std::memory_order_release);
  ::_exit(kCpuExitStatus);
}

void CpuLimit::watch() {
  watchdog_id_.store(static_cast<int>(::syscall(SYS_gettid)));
  watchdog_id_.notify_one();
  sigset_t wake;
  sigemptyset(&wake);
  sigaddset(&wake, kWakeSignal);
  std::uint64_t fired_turn = 0;    // that was terminated last
  std::uint64_t fired_cpu_ns = 0;  // and when
  for (;;) {
    if (::sigwaitinfo(&wake, nullptr) < 0 && errno == EINTR) continue;
    if (stopping_.load()) return;
    std::uint64_t state = turn_.state.load(std::memory_order_acquire);
    const std::uint64_t start_cpu_ns = turn_.start_cpu_ns.load(std::memory_order_relaxed);
    const std::uint64_t used_ns = turn_.used_ns.load(std::memory_order_relaxed);
    const std::uint64_t limit_ns = turn_.limit_ns.load(std::memory_order_relaxed);
    const std::uint64_t cpu_ns = read_clock(main_clock_);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (turn_.state.load(std::memory_order_relaxed) != state) continue;
    const std::uint64_t turn = state >> 2;
    if ((state & kPhaseMask) == kFired && turn == fired_turn &&
        cpu_ns - fired_cpu_ns > kOvertime_ns) {
      end_process();
    }
    if ((state & kPhaseMask) != kRunning) continue;
    const std::uint64_t in_turn_ns = cpu_ns > start_cpu_ns ? cpu_ns - start_cpu_ns : 0;
    if (used_ns + in_turn_ns < limit_ns) continue;
    if (!turn_.state.compare_exchange_strong(state, turn << 2 | kFiring,
                                             std::memory_order_acq_rel)) {
      continue;  // it just ended
    }
    fired_turn = turn;
    fired_cpu_ns = cpu_ns;
    isolate_->TerminateExecution();
    turn_.state.store(turn << 2 | kFired, std::memory_order_release);
  }
}

}  // namespace brink::sandbox
