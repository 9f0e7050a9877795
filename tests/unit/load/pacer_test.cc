#include "bench/load/pacer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "bench/load/latency_histogram.h"

namespace brink::load {
namespace {

constexpr std::uint64_t kMs = 1'000'000;

// One request every millisecond from 100 ms on, for `duration_ms`.
Pacer every_ms(std::uint64_t duration_ms, std::size_t max_waiting = 1000) {
  return {Arrivals(ArrivalKind::kConstant, 1000, 1), 100 * kMs, (100 + duration_ms) * kMs,
          max_waiting};
}

std::vector<std::uint64_t> take_all_ms(Pacer& pacer) {
  std::vector<std::uint64_t> due;
  while (pacer.has_waiting()) due.push_back(pacer.take() / kMs);
  return due;
}

TEST(PacerTest, QueuesWhatIsDueByNow) {
  Pacer pacer = every_ms(1000);
  pacer.advance(99 * kMs);
  EXPECT_FALSE(pacer.has_waiting());
  EXPECT_EQ(pacer.next_due_ns(), 100 * kMs);
  pacer.advance(102 * kMs);
  EXPECT_EQ(pacer.next_due_ns(), 103 * kMs);
  EXPECT_EQ(take_all_ms(pacer), (std::vector<std::uint64_t>{100, 101, 102}));
}

TEST(PacerTest, ARequestKeepsTheTimeAtWhichItWasDue) {
  Pacer pacer = every_ms(1000);
  // The caller was away for 5 ms: nobody forgot what was due meanwhile.
  pacer.advance(105 * kMs);
  EXPECT_EQ(pacer.take(), 100 * kMs);
  pacer.advance(106 * kMs);
  EXPECT_EQ(take_all_ms(pacer), (std::vector<std::uint64_t>{101, 102, 103, 104, 105, 106}));
}

TEST(PacerTest, NothingIsDueAfterTheEnd) {
  Pacer pacer = every_ms(3);
  pacer.advance(1000 * kMs);
  EXPECT_EQ(pacer.next_due_ns(), Pacer::kNever);
  EXPECT_EQ(take_all_ms(pacer), (std::vector<std::uint64_t>{100, 101, 102}));
}

TEST(PacerTest, StopEndsItEarly) {
  Pacer pacer = every_ms(1000);
  pacer.advance(100 * kMs);
  pacer.stop();
  pacer.advance(200 * kMs);
  EXPECT_EQ(pacer.waiting(), 1U);
}

TEST(PacerTest, DropsAndCountsWhatDoesNotFit) {
  Pacer pacer = every_ms(1000, 4);
  pacer.advance(109 * kMs);
  EXPECT_EQ(pacer.dropped(), 6U);
  EXPECT_EQ(take_all_ms(pacer), (std::vector<std::uint64_t>{100, 101, 102, 103}));
}

TEST(PacerTest, NotesTheLongestQueue) {
  Pacer pacer = every_ms(1000);
  pacer.advance(104 * kMs);
  pacer.note_waiting();
  take_all_ms(pacer);
  pacer.advance(105 * kMs);
  pacer.note_waiting();
  EXPECT_EQ(pacer.longest_queue(), 5U);
}

// A server that stops for 50 ms once and otherwise answers in 0.1 ms, seen over one connection: a
// closed loop would see one slow request, the users who came meanwhile see the rest of the stop.
TEST(PacerTest, AStopOfTheServerIsCountedForEveryRequestThatWasDueInIt) {
  Pacer pacer = every_ms(100);
  LatencyHistogram latency;
  std::uint64_t now = 100 * kMs;
  bool stopped = false;
  while (pacer.has_waiting() || pacer.next_due_ns() != Pacer::kNever) {
    if (!pacer.has_waiting()) now = std::max(now, pacer.next_due_ns());
    pacer.advance(now);
    const std::uint64_t due = pacer.take();
    const bool stops = !stopped && now >= 120 * kMs;
    stopped = stopped || stops;
    now += stops ? 50 * kMs : kMs / 10;
    latency.record_ns(now - due);
  }
  EXPECT_EQ(latency.count(), 100U);
  EXPECT_GT(latency.percentile_us(50), 2'000U);  // half of all came during the stop or its backlog
  EXPECT_NEAR(static_cast<double>(latency.max_us()), 50'000, 200);
}

}  // namespace
}  // namespace brink::load
