#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "bench/load/latency_histogram.h"

namespace brink::load {

/// What came back in each second of a run, in a form that several threads' series can be added up
/// in. Memory grows by about 1 KiB a second. One thread.
class SecondSeries {
 public:
  struct Second {
    std::uint64_t responses = 0;
    std::uint64_t errors = 0;
    /// Latencies in us to 1 %, and how often; made when the second is over.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> latencies;
  };

  /// Second 0 begins here.
  void start(std::uint64_t now_ns);
  void add_response(std::uint64_t now_ns, std::uint64_t latency_ns) {
    if (now_ns >= next_ns_) roll(now_ns);
    ++open_.responses;
    window_.record_ns(latency_ns);
  }
  void add_error(std::uint64_t now_ns) {
    if (now_ns >= next_ns_) roll(now_ns);
    ++open_.errors;
  }
  /// Closes what is open; the run ended at `now_ns`.
  void finish(std::uint64_t now_ns);
  void add(const SecondSeries& other);

  /// After finish(): all from second 0 on, those without a response as well.
  const std::vector<Second>& seconds() const { return seconds_; }

 private:
  void roll(std::uint64_t now_ns);
  void close_second();

  std::vector<Second> seconds_;
  Second open_;
  LatencyHistogram window_{2};
  std::uint64_t next_ns_ = 0;  // when the open second ends
};

/// The latency that `percent` of a second's responses do not exceed; 0 of none.
std::uint64_t percentile_us(const SecondSeries::Second& second, double percent);

}  // namespace brink::load
