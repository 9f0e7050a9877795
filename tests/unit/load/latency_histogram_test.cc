#include "bench/load/latency_histogram.h"

#include <gtest/gtest.h>

#include "bench/load/second_series.h"

namespace brink::load {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

TEST(LatencyHistogramTest, PercentilesAreExactToThreeDigits) {
  LatencyHistogram histogram;
  for (std::uint64_t value = 1; value <= 100'000; ++value) histogram.record_us(value);
  EXPECT_EQ(histogram.count(), 100'000U);
  EXPECT_EQ(histogram.min_us(), 1U);
  EXPECT_NEAR(static_cast<double>(histogram.percentile_us(50)), 50'000, 50);
  EXPECT_NEAR(static_cast<double>(histogram.percentile_us(99.99)), 99'990, 100);
  EXPECT_NEAR(histogram.mean_us(), 50'000, 50);
  EXPECT_NEAR(histogram.stddev_us(), 28'868, 50);
}

TEST(LatencyHistogramTest, NothingMeansZeroEverywhere) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.min_us(), 0U);
  EXPECT_EQ(histogram.max_us(), 0U);
  EXPECT_EQ(histogram.percentile_us(99), 0U);
  EXPECT_EQ(histogram.mean_us(), 0);
  EXPECT_TRUE(histogram.buckets().empty());
}

TEST(LatencyHistogramTest, OutOfRangeCountsAtTheEdge) {
  LatencyHistogram histogram;
  histogram.record_ns(10);
  histogram.record_us(std::uint64_t{1} << 60);
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.min_us(), 1U);
  EXPECT_NEAR(static_cast<double>(histogram.max_us()), 3.6e9, 3.6e6);
}

TEST(LatencyHistogramTest, BucketsHoldAllThatWasRecorded) {
  LatencyHistogram histogram;
  for (int i = 0; i < 5; ++i) histogram.record_us(100);
  histogram.record_us(1'000'000);
  const auto buckets = histogram.buckets();
  ASSERT_EQ(buckets.size(), 2U);
  EXPECT_EQ(buckets[0], (std::pair<std::uint64_t, std::uint64_t>{100, 5}));
  EXPECT_NEAR(static_cast<double>(buckets[1].first), 1'000'000, 1000);
  EXPECT_EQ(buckets[1].second, 1U);
}

TEST(SecondSeriesTest, KeepsSecondsApartAndShowsThoseWithoutAnAnswer) {
  SecondSeries series;
  series.start(10 * kSecond);
  series.add_response(10 * kSecond + 5, 1'000'000);
  series.add_response(11 * kSecond - 1, 3'000'000);
  series.add_error(13 * kSecond);
  series.finish(15 * kSecond);
  const auto& seconds = series.seconds();
  ASSERT_EQ(seconds.size(), 5U);
  EXPECT_EQ(seconds[0].responses, 2U);
  EXPECT_NEAR(static_cast<double>(percentile_us(seconds[0], 50)), 1000, 10);
  EXPECT_NEAR(static_cast<double>(percentile_us(seconds[0], 99)), 3000, 30);
  EXPECT_EQ(seconds[1].responses, 0U);
  EXPECT_EQ(percentile_us(seconds[1], 99), 0U);
  EXPECT_EQ(seconds[3].errors, 1U);
  EXPECT_EQ(seconds[4].responses, 0U);
}

TEST(SecondSeriesTest, AddsUpAcrossThreads) {
  SecondSeries one;
  one.start(0);
  one.add_response(1, 1'000'000);
  one.finish(kSecond);
  SecondSeries other;
  other.start(0);
  other.add_response(1, 9'000'000);
  other.add_response(kSecond + 1, 1'000'000);
  other.finish(2 * kSecond);
  one.add(other);
  ASSERT_EQ(one.seconds().size(), 2U);
  EXPECT_EQ(one.seconds()[0].responses, 2U);
  EXPECT_NEAR(static_cast<double>(percentile_us(one.seconds()[0], 99)), 9000, 90);
  EXPECT_EQ(one.seconds()[1].responses, 1U);
}

}  // namespace
}  // namespace brink::load
