#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/connection.h"
#include "bench/load/latency_histogram.h"
#include "bench/load/second_series.h"

namespace brink::load {

/// What a loop has measured: of requests that were due after the warm-up, whenever their answers
/// came. requests = responses + all of `failures` + unsent, unless the run was interrupted.
struct Statistics {
  std::uint64_t requests = 0;   ///< due
  std::uint64_t responses = 0;  ///< whole answers, of any status
  std::array<std::uint64_t, kFailureKinds> failures{};
  std::array<std::string, kFailureKinds> first_failures;  ///< in words
  std::uint64_t wrong_status = 0;  ///< responses with another status than the one expected
  std::uint64_t unsent = 0;        ///< that waited for a connection until the end, or were dropped
  std::vector<std::uint64_t> statuses = std::vector<std::uint64_t>(1000);  ///< by status

  LatencyHistogram latency;   ///< due to answer
  LatencyHistogram service;   ///< when a connection took it up, to answer
  LatencyHistogram lateness;  ///< due to taken up, where a connection was free: the generator's own
  SecondSeries seconds;
  std::uint64_t longest_queue = 0;  ///< requests that waited for a connection at once

  std::uint64_t window_ns = 0;         ///< the end of the warm-up to the end of the run
  std::uint64_t window_responses = 0;  ///< that came in it, whenever they were due
  std::uint64_t bytes_read = 0;        ///< in it, TLS included
  std::uint64_t bytes_written = 0;
  std::uint64_t cpu_us = 0;   ///< of the loop's thread in it
  double busiest_thread = 0;  ///< the largest share of a core that a loop's thread used
  bool reached = false;       ///< one connection at least was made
  bool interrupted = false;

  std::uint64_t failure_count() const;
  /// Adds another loop's, which ran at the same time.
  void add(const Statistics& other);
};

}  // namespace brink::load
