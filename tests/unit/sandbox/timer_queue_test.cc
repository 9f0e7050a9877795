#include "sandbox/timer_queue.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace brink::sandbox {
namespace {

std::vector<std::uint32_t> take_all(TimerQueue& timers) {
  std::vector<std::uint32_t> ids;
  while (const auto timer = timers.take_due(1e18)) ids.push_back(timer->id);
  return ids;
}

TEST(TimerQueue, FiresInOrderOfTimeThenOfStart) {
  TimerQueue timers;
  timers.start(1, 20, 0, 100);
  timers.start(2, 10, 0, 100);
  timers.start(3, -5, 0, 100);
  timers.start(4, std::nan(""), 0, 100);
  EXPECT_EQ(take_all(timers), (std::vector<std::uint32_t>{3, 4, 2, 1}));
  EXPECT_TRUE(timers.empty());
}

TEST(TimerQueue, TakesOnlyWhatIsDue) {
  TimerQueue timers;
  timers.start(1, 1000, 7, 100);
  EXPECT_EQ(timers.count(7), 1U);
  EXPECT_FALSE(timers.take_due(1099.9));
  EXPECT_EQ(timers.next_due_ms().value_or(0), 1100);
  const TimerQueue::Timer timer = timers.take_due(1100).value_or(TimerQueue::Timer{});
  EXPECT_EQ(timers.count(7), 0U);
  EXPECT_EQ(timer.request, 7U);
}

TEST(TimerQueue, RestartsAndStops) {
  TimerQueue timers;
  timers.start(1, 10, 0, 100);
  timers.start(2, 20, 0, 100);
  timers.start(1, 30, 0, 100);
  timers.stop(9);
  EXPECT_EQ(take_all(timers), (std::vector<std::uint32_t>{2, 1}));
  timers.start(3, 1, 0, 100);
  timers.stop(3);
  EXPECT_FALSE(timers.next_due_ms());
}

TEST(TimerQueue, DropsARequestsTimers) {
  TimerQueue timers;
  timers.start(1, 1, 5, 100);
  timers.start(2, 2, 6, 100);
  timers.start(3, 3, 5, 100);
  timers.drop_request(5);
  timers.drop_request(5);
  EXPECT_EQ(take_all(timers), (std::vector<std::uint32_t>{2}));
}

}  // namespace
}  // namespace brink::sandbox
