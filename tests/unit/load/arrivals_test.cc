#include "bench/load/arrivals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace brink::load {
namespace {

std::vector<std::uint64_t> draw(Arrivals arrivals, std::size_t count) {
  std::vector<std::uint64_t> times(count);
  for (std::uint64_t& time : times) time = arrivals.next_ns();
  return times;
}

TEST(ArrivalsTest, ConstantGapsAreAllTheSame) {
  EXPECT_EQ(draw(Arrivals(ArrivalKind::kConstant, 1000, 1), 4),
            (std::vector<std::uint64_t>{0, 1'000'000, 2'000'000, 3'000'000}));
}

TEST(ArrivalsTest, APhaseMovesConstantArrivals) {
  EXPECT_EQ(draw(Arrivals(ArrivalKind::kConstant, 1000, 1, 0.5), 3),
            (std::vector<std::uint64_t>{500'000, 1'500'000, 2'500'000}));
}

TEST(ArrivalsTest, PoissonGapsHaveTheMeanAndTheSpreadOfAnExponential) {
  constexpr std::size_t kCount = 200'000;
  const std::vector<std::uint64_t> times = draw(Arrivals(ArrivalKind::kPoisson, 2000, 7), kCount);
  const double mean_ns = static_cast<double>(times.back()) / kCount;
  EXPECT_NEAR(mean_ns, 500'000, 5'000);
  double squares = 0;
  std::size_t longer_than_mean = 0;
  for (std::size_t i = 1; i < kCount; ++i) {
    const auto gap = static_cast<double>(times[i] - times[i - 1]);
    squares += (gap - mean_ns) * (gap - mean_ns);
    longer_than_mean += gap > mean_ns ? 1 : 0;
  }
  EXPECT_NEAR(std::sqrt(squares / kCount), 500'000, 10'000);
  EXPECT_NEAR(static_cast<double>(longer_than_mean) / kCount, std::exp(-1), 0.01);
}

TEST(ArrivalsTest, TheSameSeedGivesTheSameTimes) {
  const Arrivals arrivals(ArrivalKind::kPoisson, 100, 42);
  EXPECT_EQ(draw(arrivals, 100), draw(arrivals, 100));
  EXPECT_NE(draw(arrivals, 100), draw(Arrivals(ArrivalKind::kPoisson, 100, 43), 100));
}

}  // namespace
}  // namespace brink::load
