#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "bench/load/arrivals.h"
#include "bench/load/ring_queue.h"

namespace brink::load {

/// The open loop's bookkeeping: what is due, and since when. A request is due when its user wants
/// it, whether a connection is free or not; it waits here with its due time, and its latency counts
/// from there (Gil Tene's "coordinated omission" is to forget this). Knows no clock: the caller
/// says what time it is, in ns. One thread.
class Pacer {
 public:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  /// Requests are due from `start_ns` until before `end_ns`. More than `max_waiting` waiting ones
  /// are dropped, and counted.
  Pacer(Arrivals arrivals, std::uint64_t start_ns, std::uint64_t end_ns, std::size_t max_waiting);

  /// Queues what has become due by now.
  void advance(std::uint64_t now_ns);
  bool has_waiting() const { return !waiting_.empty(); }
  std::size_t waiting() const { return waiting_.size(); }
  /// The oldest waiting request's due time. Not when none waits.
  std::uint64_t take() { return waiting_.pop(); }
  /// To be called when no connection is free for those that are waiting now.
  void note_waiting();
  /// The first that is not yet queued; kNever: there will be none.
  std::uint64_t next_due_ns() const { return next_due_ns_; }
  /// Nothing more becomes due.
  void stop() { next_due_ns_ = kNever; }

  std::size_t longest_queue() const { return longest_queue_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  void draw_next();

  Arrivals arrivals_;
  const std::uint64_t start_ns_;
  const std::uint64_t end_ns_;
  const std::size_t max_waiting_;
  std::uint64_t next_due_ns_ = 0;
  RingQueue<std::uint64_t> waiting_;
  std::size_t longest_queue_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace brink::load
