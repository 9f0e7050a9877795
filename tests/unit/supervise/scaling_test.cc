#include "core/supervise/scaling.h"

#include <gtest/gtest.h>

namespace brink::supervise {
namespace {

TEST(ScalingTest, StartsWithTheMinimum) {
  EXPECT_EQ(Scaling(0, 4).target(), 0u);
  EXPECT_EQ(Scaling(2, 4).target(), 2u);
}

TEST(ScalingTest, OneRequestThatWaitsStartsOneWorker) {
  Scaling scaling(0, 4);
  scaling.look_at({.waiting = 1}, 0);
  EXPECT_EQ(scaling.target(), 1u);
  scaling.look_at({.starting = 1, .waiting = 500}, 10);
  EXPECT_EQ(scaling.target(), 1u) << "how many one worker can serve is not known yet";
}

TEST(ScalingTest, GrowsWhileTheLeastBusyWorkerIsLate) {
  Scaling scaling(0, 3);
  scaling.look_at({.waiting = 1}, 0);
  scaling.look_at({.serving = 1, .delay_ms = 19}, 1000);
  EXPECT_EQ(scaling.target(), 1u);
  scaling.look_at({.serving = 1, .delay_ms = 20}, 1010);
  EXPECT_EQ(scaling.target(), 2u);
  scaling.look_at({.serving = 1, .starting = 1, .delay_ms = 90}, 1500);
  EXPECT_EQ(scaling.target(), 2u) << "one is on its way";
  scaling.look_at({.serving = 2, .delay_ms = 90}, 1600);
  EXPECT_EQ(scaling.target(), 3u);
  scaling.look_at({.serving = 3, .delay_ms = 90}, 2000);
  EXPECT_EQ(scaling.target(), 3u) << "the maximum";
}

TEST(ScalingTest, LetsANewWorkerTakeItsShareFirst) {
  Scaling scaling(1, 9);
  scaling.look_at({.serving = 1, .delay_ms = 50}, 1000);
  scaling.look_at({.serving = 2, .delay_ms = 50}, 1020);
  EXPECT_EQ(scaling.target(), 2u);
  scaling.look_at({.serving = 2, .delay_ms = 50}, 1200);
  EXPECT_EQ(scaling.target(), 3u);
}

TEST(ScalingTest, AWorkerThatEndedIsReplacedNotAdded) {
  Scaling scaling(0, 9);
  scaling.look_at({.waiting = 1}, 0);
  scaling.look_at({.serving = 1, .delay_ms = 50}, 1000);
  scaling.look_at({.serving = 1, .delay_ms = 50}, 2000);
  EXPECT_EQ(scaling.target(), 2u);
}

TEST(ScalingTest, ShrinksToTheMinimumAfterALongTimeWithoutRequests) {
  Scaling scaling(1, 4);
  scaling.look_at({.serving = 1, .delay_ms = 50}, 1000);
  EXPECT_FALSE(scaling.may_stop(2, 59'999, 60'000));
  EXPECT_TRUE(scaling.may_stop(2, 60'000, 60'000));
  scaling.stopped();
  EXPECT_EQ(scaling.target(), 1u);
  EXPECT_FALSE(scaling.may_stop(1, 999'999, 60'000));
  scaling.stopped();
  EXPECT_EQ(scaling.target(), 1u);
}

TEST(ScalingTest, AfterAFailureTheNextWorkerIsForARequest) {
  Scaling scaling(0, 4);
  scaling.look_at({.waiting = 1}, 0);
  scaling.failed();
  scaling.look_at({}, 10);
  EXPECT_EQ(scaling.target(), 0u);
  scaling.look_at({.waiting = 1}, 20);
  EXPECT_EQ(scaling.target(), 1u);
}

}  // namespace
}  // namespace brink::supervise
