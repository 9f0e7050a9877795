#include "core/supervise/worker_watch.h"

#include <time.h>

#include <algorithm>
#include <string>

namespace brink::supervise {
namespace {

/// A turn that is seen from outside to run this much over its limit is not ended from inside any
/// more. Less than the 100 ms that are promised by the two ticks that seeing it takes, and by what
/// a busy machine adds until the answer is out.
constexpr std::uint64_t kOutsideSlack_us = 25'000;
/// Between two turns a worker reads messages, and packs code caches: far less than this.
constexpr std::uint64_t kBetweenTurns_us = 1'000'000;
/// Looks make sure that the front itself ran all that time.
constexpr std::uint64_t kStuck_ms = 3'000;
constexpr unsigned kStuckLooks = 50;

/// CPU time of a whole process so far; 0 when it is gone.
std::uint64_t process_cpu_us(int pid) {
  clockid_t clock;
  timespec time;
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec) / 1000;
}

}  // namespace

std::optional<Error> WorkerWatch::look_at_turn(std::uint64_t limit_ms) {
  const std::uint64_t turn = status_.turn.load(std::memory_order_relaxed);
  const std::uint64_t left_us = status_.turn_budget_us.load(std::memory_order_relaxed);
  const std::uint64_t cpu_us = process_cpu_us(pid_);
  if (turn != seen_turn_) {
    seen_turn_ = turn;
    seen_turn_cpu_us_ = cpu_us;
    return {};
  }
  if (cpu_us < seen_turn_cpu_us_) return {};  // it has ended by itself, and will say why
  const std::uint64_t used_us = cpu_us - seen_turn_cpu_us_;
  if (turn % 2 == 0) {
    if (used_us <= kBetweenTurns_us) return {};
    return Error{ErrorCode::kCpuLimit,
                 "the worker used CPU time while it said that no script runs, and was killed"};
  }
  if (used_us <= std::min(limit_ms * 1000, left_us) + kOutsideSlack_us) return {};
  return Error{ErrorCode::kCpuLimit,
               "the script ran on after its CPU time limit and its worker was killed"};
}

std::optional<Error> WorkerWatch::look_at_unread(std::uint64_t now_ms) {
  const std::uint64_t cpu_us = process_cpu_us(pid_);
  if (idle_looks_ == 0 || cpu_us != idle_cpu_us_) {
    idle_looks_ = 1;
    idle_since_ms_ = now_ms;
    idle_cpu_us_ = cpu_us;
    return {};
  }
  if (++idle_looks_ < kStuckLooks || now_ms - idle_since_ms_ < kStuck_ms) return {};
  return Error{ErrorCode::kWorkerDied, "the worker did not react for " +
                                           std::to_string(kStuck_ms / 1000) +
                                           " s (stopped, or stuck) and was killed"};
}

}  // namespace brink::supervise
