#include "bench/load/latency_histogram.h"

#include <hdr/hdr_histogram.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace brink::load {
namespace {

constexpr std::int64_t kHighestUs = 3'600'000'000;

}  // namespace

void LatencyHistogram::Closer::operator()(hdr_histogram* histogram) const { hdr_close(histogram); }

LatencyHistogram::LatencyHistogram(int significant_digits) {
  hdr_histogram* made = nullptr;
  if (hdr_init(1, kHighestUs, significant_digits, &made) != 0) {
    std::fputs("brink-bench: out of memory for a histogram\n", stderr);
    std::abort();
  }
  histogram_.reset(made);
}

LatencyHistogram::LatencyHistogram(LatencyHistogram&&) noexcept = default;
LatencyHistogram& LatencyHistogram::operator=(LatencyHistogram&&) noexcept = default;
LatencyHistogram::~LatencyHistogram() = default;

void LatencyHistogram::record_us(std::uint64_t value_us) { record_us(value_us, 1); }

void LatencyHistogram::record_us(std::uint64_t value_us, std::uint64_t count) {
  const auto value = std::clamp<std::uint64_t>(value_us, 1, kHighestUs);
  hdr_record_values(histogram_.get(), static_cast<std::int64_t>(value),
                    static_cast<std::int64_t>(count));
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  hdr_add(histogram_.get(), other.histogram_.get());
}

void LatencyHistogram::clear() { hdr_reset(histogram_.get()); }

std::uint64_t LatencyHistogram::count() const {
  return static_cast<std::uint64_t>(histogram_->total_count);
}

std::uint64_t LatencyHistogram::min_us() const {
  return count() == 0 ? 0 : static_cast<std::uint64_t>(hdr_min(histogram_.get()));
}

std::uint64_t LatencyHistogram::max_us() const {
  return count() == 0 ? 0 : static_cast<std::uint64_t>(hdr_max(histogram_.get()));
}

double LatencyHistogram::mean_us() const { return count() == 0 ? 0 : hdr_mean(histogram_.get()); }

double LatencyHistogram::stddev_us() const {
  return count() == 0 ? 0 : hdr_stddev(histogram_.get());
}

std::uint64_t LatencyHistogram::percentile_us(double percent) const {
  if (count() == 0) return 0;
  return static_cast<std::uint64_t>(hdr_value_at_percentile(histogram_.get(), percent));
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> LatencyHistogram::buckets() const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> buckets;
  hdr_iter iterator;
  hdr_iter_recorded_init(&iterator, histogram_.get());
  while (hdr_iter_next(&iterator)) {
    buckets.emplace_back(static_cast<std::uint64_t>(iterator.highest_equivalent_value),
                         static_cast<std::uint64_t>(iterator.count));
  }
  return buckets;
}

}  // namespace brink::load
