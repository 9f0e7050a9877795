#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

struct hdr_histogram;  // NOLINT(readability-identifier-naming): the library's name

namespace brink::load {

/// Durations from 1 us to an hour in an HDR histogram: buckets whose width is a fixed share of
/// their value, so that p99.99 is as exact as the median. Shorter ones count as 1 us, longer ones
/// as an hour. One thread.
class LatencyHistogram {
 public:
  /// Three digits: 0.1 % and 180 KiB; two: 1 % and 27 KiB.
  explicit LatencyHistogram(int significant_digits);
  LatencyHistogram() : LatencyHistogram(3) {}
  LatencyHistogram(LatencyHistogram&&) noexcept;
  LatencyHistogram& operator=(LatencyHistogram&&) noexcept;
  ~LatencyHistogram();

  void record_us(std::uint64_t value_us);
  void record_ns(std::uint64_t value_ns) { record_us((value_ns + 500) / 1000); }
  void record_us(std::uint64_t value_us, std::uint64_t count);
  void add(const LatencyHistogram& other);
  void clear();

  std::uint64_t count() const;
  std::uint64_t min_us() const;  ///< 0 of none, as the others
  std::uint64_t max_us() const;
  double mean_us() const;
  double stddev_us() const;
  /// The value that `percent` (0 to 100) of all values do not exceed.
  std::uint64_t percentile_us(double percent) const;
  /// Every bucket that holds something: its highest value, and how many it holds.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> buckets() const;

 private:
  struct Closer {
    void operator()(hdr_histogram* histogram) const;
  };
  std::unique_ptr<hdr_histogram, Closer> histogram_;
};

}  // namespace brink::load
