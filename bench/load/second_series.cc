#include "bench/load/second_series.h"

#include <algorithm>

namespace brink::load {
namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;

}  // namespace

void SecondSeries::start(std::uint64_t now_ns) { next_ns_ = now_ns + kSecondNs; }

void SecondSeries::close_second() {
  open_.latencies = window_.buckets();
  window_.clear();
  seconds_.push_back(std::move(open_));
  open_ = {};
}

void SecondSeries::roll(std::uint64_t now_ns) {
  while (now_ns >= next_ns_) {
    close_second();
    next_ns_ += kSecondNs;
  }
}

void SecondSeries::finish(std::uint64_t now_ns) {
  if (now_ns >= next_ns_) roll(now_ns);
  if (open_.responses > 0 || open_.errors > 0) close_second();
}

void SecondSeries::add(const SecondSeries& other) {
  seconds_.resize(std::max(seconds_.size(), other.seconds_.size()));
  for (std::size_t i = 0; i < other.seconds_.size(); ++i) {
    const Second& from = other.seconds_[i];
    Second& to = seconds_[i];
    to.responses += from.responses;
    to.errors += from.errors;
    to.latencies.insert(to.latencies.end(), from.latencies.begin(), from.latencies.end());
  }
}

std::uint64_t percentile_us(const SecondSeries::Second& second, double percent) {
  LatencyHistogram histogram(2);
  for (const auto& [value_us, count] : second.latencies) histogram.record_us(value_us, count);
  return histogram.percentile_us(percent);
}

}  // namespace brink::load
