#include "core/supervise/waiting_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/unit/supervise/fake_worker.h"

namespace brink::supervise::testing {
namespace {

class WaitingQueueTest : public ::testing::Test {
 protected:
  WaitingQueue queue;
  int served = 0;
  std::string refusals;  // the first letter of each message

  WaitingQueue::Ready note() {
    return [this](Result<Worker*> worker) {
      if (worker)
        ++served;
      else
        refusals += worker.error().message.front();
    };
  }
};

TEST_F(WaitingQueueTest, NobodyWaitsLongerThanTenSeconds) {
  queue.add(1'000, note());
  queue.expire(10'999);
  EXPECT_EQ(refusals, "");
  queue.expire(11'000);
  EXPECT_EQ(refusals, "n") << "no worker became ready in time";
  EXPECT_TRUE(queue.empty());
}

TEST_F(WaitingQueueTest, OneTooManyIsToldAtTheNextLookAndTakesNobodysPlace) {
  for (int i = 0; i < 4096; ++i) queue.add(1'000, note());
  const std::uint64_t ticket = queue.add(1'000, note());
  queue.add(1'000, note());
  EXPECT_EQ(refusals, "") << "never before add() returns";
  EXPECT_EQ(queue.size(), 4096u);
  queue.cancel(ticket);
  queue.expire(1'000);
  EXPECT_EQ(refusals, "t") << "too many requests wait";
  EXPECT_EQ(queue.size(), 4096u);
}

TEST_F(WaitingQueueTest, WhoCancelsHearsNothing) {
  const std::uint64_t ticket = queue.add(0, note());
  queue.add(0, note());
  queue.cancel(ticket);
  queue.refuse({ErrorCode::kAppCrashing, "crashing"});
  EXPECT_EQ(refusals, "c");
}

TEST_F(WaitingQueueTest, OnlyThoseThatWaitNowAreRefused) {
  queue.add(0, [this](Result<Worker*>) { queue.add(0, note()); });
  queue.refuse({ErrorCode::kAppCrashing, "crashing"});
  EXPECT_EQ(refusals, "");
  EXPECT_EQ(queue.size(), 1u);
}

TEST_F(WaitingQueueTest, AWorkerIsGivenToAsManyAsItHasRoomFor) {
  EventLoop loop;
  RecordingObserver observer;
  FakeWorker fake(loop, observer);
  RecordingCall call;
  queue.add(0, note());
  queue.give(fake.front());
  EXPECT_EQ(served, 0) << "it does not serve yet";
  fake.serve(observer);
  for (int i = 0; i < 4096; ++i) ASSERT_TRUE(fake.front().start_call(ipc::Request{}, call));
  queue.give(fake.front());
  EXPECT_EQ(served, 0) << "it is full";
  fake.front().on_exit(9);
  EXPECT_EQ(queue.size(), 1u);
}

}  // namespace
}  // namespace brink::supervise::testing
