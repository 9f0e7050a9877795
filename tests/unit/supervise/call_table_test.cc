#include "core/supervise/call_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "tests/unit/supervise/fake_worker.h"

namespace brink::supervise::testing {
namespace {

using Claim = ScriptCall::Claim;

class CallTableTest : public ::testing::Test {
 protected:
  CallTable table;
  std::deque<RecordingCall> calls;
  std::vector<std::uint32_t> ids;

  void add(std::size_t count, Claim claim, std::uint64_t now_ms = 10'000) {
    for (std::size_t i = 0; i < count; ++i) {
      calls.emplace_back().claims = claim;
      ids.push_back(table.next_id());
      table.add(ids.back(), calls.back(), now_ms + i);
    }
  }
  std::size_t gave_way() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(calls, [](const auto& call) { return call.gave_way; }));
  }
};

TEST_F(CallTableTest, NobodyGivesWayWhileThereIsRoom) {
  add(CallTable::kCrowded, Claim::kBackground);
  EXPECT_EQ(table.make_room(100'000, false).background, 0u);
  EXPECT_EQ(gave_way(), 0u);
  EXPECT_FALSE(table.crowded());
}

TEST_F(CallTableTest, TheOldestBackgroundCallsGiveWayAndAreCountedOnce) {
  add(10, Claim::kFull);
  add(CallTable::kCrowded - 5, Claim::kBackground);
  EXPECT_TRUE(table.crowded());
  EXPECT_EQ(table.make_room(100'000, false).background, 5u);
  for (std::size_t i = 0; i < calls.size(); ++i)
    EXPECT_EQ(calls[i].gave_way, i >= 10 && i < 15) << i;
  EXPECT_EQ(table.make_room(100'000, false).background, 0u) << "they are on their way out";
  for (std::size_t i = 10; i < 15; ++i) table.remove(ids[i]);
  EXPECT_EQ(table.make_room(100'000, false).background, 0u);
  EXPECT_EQ(table.size(), CallTable::kCrowded);
}

TEST_F(CallTableTest, SilentStreamsGiveWayOnlyWhenItIsNearlyFull) {
  add(CallTable::kNearlyFull, Claim::kSilent);
  EXPECT_EQ(table.make_room(100'000, false).silent, 0u);
  add(3, Claim::kFull);
  EXPECT_EQ(table.make_room(100'000, false).silent, 3u);
  EXPECT_TRUE(calls[0].gave_way && calls[1].gave_way && calls[2].gave_way);
}

TEST_F(CallTableTest, CallsThatSomebodyWaitsForNeverGiveWay) {
  add(CallTable::kMaxCalls, Claim::kFull);
  EXPECT_TRUE(table.full());
  table.make_room(100'000, true);
  EXPECT_EQ(gave_way(), 0u);
}

TEST_F(CallTableTest, ForMemoryAPartOfTheOldOnesGoesAtATime) {
  add(80, Claim::kBackground, 1'000);
  add(10, Claim::kBackground, 9'500);
  EXPECT_EQ(table.make_room(10'000, true).background, 11u);
  EXPECT_EQ(table.make_room(10'010, true).background, 0u) << "what has gone is not collected yet";
  EXPECT_EQ(table.make_room(10'400, true).background, 9u);
  for (std::uint64_t now_ms = 10'410; now_ms < 10'480; now_ms += 10) table.make_room(now_ms, true);
  for (std::size_t i = 80; i < 90; ++i) EXPECT_FALSE(calls[i].gave_way) << "less than a second old";
}

TEST_F(CallTableTest, AnIdIsOfOneCall) {
  add(1, Claim::kFull);
  table.remove(ids[0]);
  EXPECT_EQ(table.find(ids[0]), nullptr);
  add(1, Claim::kFull);
  EXPECT_NE(ids[0], ids[1]);
  EXPECT_EQ(table.find(ids[0]), nullptr);
  EXPECT_EQ(table.find(ids[1]), &calls[1]);
}

TEST_F(CallTableTest, ClearingHandsEachCallOver) {
  add(3, Claim::kFull);
  std::size_t handed = 0;
  table.clear([&](std::uint32_t, ScriptCall&) { ++handed; });
  EXPECT_EQ(handed, 3u);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.find(ids[0]), nullptr);
}

}  // namespace
}  // namespace brink::supervise::testing
