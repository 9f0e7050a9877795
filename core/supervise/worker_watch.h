#pragma once

#include <cstdint>
#include <optional>

#include "core/base/result.h"
#include "core/ipc/channel.h"

namespace brink::supervise {

/// Watches a worker's process from outside: by its CPU clock, which it can't set, against what it
/// says of itself in shared memory, which need not be true. Part of a Worker, on the loop's thread.
class WorkerWatch {
 public:
  /// `status` is the worker's page: read here once for each look.
  WorkerWatch(int pid, const ipc::WorkerStatus& status) : pid_(pid), status_(status) {}

  /// Why to end a worker whose one turn has used more CPU time than what its request had left, at
  /// most `limit_ms`, and some slack; or that uses CPU time though it says that nothing runs.
  std::optional<Error> look_at_turn(std::uint64_t limit_ms);

  /// Why to end a worker that leaves messages unread and uses no CPU time: it was stopped, or waits
  /// for something that does not come. To be called about every 10 ms while that is so.
  std::optional<Error> look_at_unread(std::uint64_t now_ms);
  /// It has read all it was sent.
  void has_read() { idle_looks_ = 0; }

 private:
  const int pid_;
  const ipc::WorkerStatus& status_;
  std::optional<std::uint64_t> seen_turn_;
  std::uint64_t seen_turn_cpu_us_ = 0;
  unsigned idle_looks_ = 0;
  std::uint64_t idle_since_ms_ = 0;
  std::uint64_t idle_cpu_us_ = 0;
};

}  // namespace brink::supervise
