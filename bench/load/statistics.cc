#include "bench/load/statistics.h"

#include <algorithm>
#include <numeric>

namespace brink::load {

std::uint64_t Statistics::failure_count() const {
  return std::accumulate(failures.begin(), failures.end(), std::uint64_t{0});
}

void Statistics::add(const Statistics& other) {
  requests += other.requests;
  responses += other.responses;
  for (std::size_t i = 0; i < kFailureKinds; ++i) {
    failures[i] += other.failures[i];
    if (first_failures[i].empty()) first_failures[i] = other.first_failures[i];
  }
  wrong_status += other.wrong_status;
  unsent += other.unsent;
  for (std::size_t i = 0; i < statuses.size(); ++i) statuses[i] += other.statuses[i];
  latency.add(other.latency);
  service.add(other.service);
  lateness.add(other.lateness);
  seconds.add(other.seconds);
  longest_queue += other.longest_queue;
  window_ns = std::max(window_ns, other.window_ns);
  window_responses += other.window_responses;
  bytes_read += other.bytes_read;
  bytes_written += other.bytes_written;
  cpu_us += other.cpu_us;
  busiest_thread = std::max(busiest_thread, other.busiest_thread);
  reached = reached || other.reached;
  interrupted = interrupted || other.interrupted;
}

}  // namespace brink::load
