#include "core/supervise/worker_turns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/supervise/fake_worker.h"

namespace brink::supervise::testing {
namespace {

using ipc::MessageType;

class WorkerTurnsTest : public ::testing::Test {
 protected:
  WorkerTurnsTest() { fake.front().serve_in(turns); }

  void turn() {
    loop.defer([] {});  // a loop with nothing to wait for has no turn
    loop.run_ready();
  }
  // After a turn: does the front say that it will look at the ring by itself?
  bool attended() { return fake.control().to_front.consumer_sleeps.load() == 0; }

  void serve() {
    fake.say(0, ipc::WorkerReady{.jail = ipc::JailReport().bytes()});
    turn();
    fake.front().load({}, observer);
    fake.say(0, ipc::AppReady{});
    turn();
    ASSERT_EQ(fake.front().state(), Worker::State::kServing);
    turn();
  }

  EventLoop loop;
  WorkerTurns turns{loop};
  RecordingObserver observer;
  FakeWorker fake{loop, observer};
  RecordingCall call;
};

TEST_F(WorkerTurnsTest, AWorkerWithNothingToDoIsLeftAlone) {
  serve();
  EXPECT_FALSE(attended());
  turn();
  EXPECT_FALSE(attended());
}

TEST_F(WorkerTurnsTest, AWorkerWithACallIsLookedAtInEachTurn) {
  serve();
  ipc::Request request;
  request.method = "GET";
  request.url = "http://example.com/";
  const std::uint32_t id = *fake.front().start_call(request, call);
  turn();
  EXPECT_TRUE(attended());
  turn();
  EXPECT_TRUE(attended());
  fake.say(id, ipc::Respond{});
  fake.say(id, ipc::RequestDone{});
  turn();
  EXPECT_EQ(call.events, "RD");
  turn();
  EXPECT_FALSE(attended());
}

TEST_F(WorkerTurnsTest, AWorkerThatWakesTheFrontIsHeard) {
  serve();
  fake.say(0, ipc::Log{});
  fake.wake();
  turn();
  EXPECT_EQ(observer.logs, 1);
  turn();
  EXPECT_FALSE(attended());
}

TEST_F(WorkerTurnsTest, WhatIsSentWakesAWorkerThatSleeps) {
  serve();
  fake.heard();
  ASSERT_TRUE(fake.consumer().prepare_sleep());
  fake.front().send(0, ipc::Shutdown{});
  EXPECT_EQ(fake.control().to_worker.consumer_sleeps.load(), 1u);
  turn();
  EXPECT_EQ(fake.control().to_worker.consumer_sleeps.load(), 0u);
}

TEST_F(WorkerTurnsTest, CallsOfAKilledWorkerHearOfItInTheSameTurn) {
  serve();
  ipc::Request request;
  request.method = "GET";
  request.url = "http://example.com/";
  ASSERT_TRUE(fake.front().start_call(request, call));
  turn();
  fake.front().kill({ErrorCode::kCpuLimit, "too long"});
  turn();
  ASSERT_TRUE(call.lost);
  EXPECT_EQ(call.lost->code, ErrorCode::kCpuLimit);
}

}  // namespace
}  // namespace brink::supervise::testing
