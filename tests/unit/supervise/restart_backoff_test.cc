#include "core/supervise/restart_backoff.h"

#include <gtest/gtest.h>

namespace brink::supervise {
namespace {

TEST(RestartBackoffTest, TheFirstFailuresCostNothingThenPausesDouble) {
  RestartBackoff backoff;
  std::uint64_t now_ms = 100'000;
  for (int i = 0; i < 3; ++i) {
    backoff.failed(now_ms);
    EXPECT_EQ(backoff.pause_ms(now_ms), 0u);
  }
  for (const std::uint64_t pause_ms : {500u, 1000u, 2000u, 4000u, 8000u, 16'000u, 16'000u}) {
    backoff.failed(now_ms);
    EXPECT_EQ(backoff.pause_ms(now_ms), pause_ms);
    EXPECT_EQ(backoff.pause_ms(now_ms + pause_ms - 1), 1u);
    now_ms += pause_ms;
    EXPECT_EQ(backoff.pause_ms(now_ms), 0u);
  }
}

TEST(RestartBackoffTest, SuccessStartsAnew) {
  RestartBackoff backoff;
  for (int i = 0; i < 5; ++i) backoff.failed(100'000);
  backoff.succeeded();
  EXPECT_EQ(backoff.failures(), 0u);
  EXPECT_EQ(backoff.pause_ms(100'000), 0u);
}

TEST(RestartBackoffTest, SoDoesAMinuteWithoutFailure) {
  RestartBackoff backoff;
  for (int i = 0; i < 5; ++i) backoff.failed(100'000);
  backoff.failed(160'001);
  EXPECT_EQ(backoff.failures(), 1u);
  EXPECT_EQ(backoff.pause_ms(160'001), 0u);
}

TEST(StartPaceTest, AllowsABurstThenARate) {
  StartPace pace;
  int burst = 0;
  while (pace.may_start(50'000) && burst < 100) pace.started(50'000), ++burst;
  EXPECT_GE(burst, 10);
  EXPECT_LE(burst, 12);
  int more = 0;
  for (std::uint64_t now_ms = 50'001; now_ms <= 51'000; ++now_ms) {
    if (pace.may_start(now_ms)) pace.started(now_ms), ++more;
  }
  EXPECT_EQ(more, 20);
}

}  // namespace
}  // namespace brink::supervise
