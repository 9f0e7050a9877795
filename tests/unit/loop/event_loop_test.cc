#include "core/loop/event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "core/loop/poll.h"
#include "core/loop/signal.h"
#include "core/loop/timer.h"
#include "core/loop/turn_hooks.h"
#include "core/loop/turn_task.h"

namespace brink {
namespace {

using ::testing::ElementsAre;

TEST(EventLoop, RunEndsWhenNothingIsLeft) {
  EventLoop loop;
  loop.run();
}

TEST(EventLoop, DeferredRunsLaterAndKeepsTheLoopAwake) {
  EventLoop loop;
  std::vector<int> order;
  loop.defer([&] {
    order.push_back(2);
    loop.defer([&] { order.push_back(3); });
  });
  order.push_back(1);
  loop.run();
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(EventLoop, DeferredFromTimerRunsBeforeTheNextSleep) {
  EventLoop loop;
  bool ran = false;
  Timer timer(loop, [&] { loop.defer([&] { ran = true; }); });
  timer.start(1);
  loop.run();
  EXPECT_TRUE(ran);
}

TEST(EventLoop, DeferredThatNeverRanIsDropped) {
  auto held = std::make_shared<int>(1);
  {
    EventLoop loop;
    loop.defer([held] {});
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Timer, RepeatsUntilStopped) {
  EventLoop loop;
  int fired = 0;
  Timer timer(loop, [&] {
    if (++fired == 3) timer.stop();
  });
  timer.start(1, 1);
  EXPECT_TRUE(timer.active());
  loop.run();
  EXPECT_EQ(fired, 3);
  EXPECT_FALSE(timer.active());
}

TEST(Timer, MayDestroyItselfInItsCallback) {
  EventLoop loop;
  int fired = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(loop, [&] {
    timer.reset();
    ++fired;
  });
  timer->start(1, 1);
  loop.run();
  EXPECT_EQ(fired, 1);
}

TEST(Timer, InTheBackgroundDoesNotKeepTheLoop) {
  EventLoop loop;
  Timer timer(loop, [] { FAIL(); });
  timer.set_background(true);
  timer.start(3'600'000);
  loop.run();
}

TEST(FdWatcher, CallsBackAndMayDestroyItself) {
  EventLoop loop;
  const int fd = eventfd(0, EFD_CLOEXEC);
  int calls = 0;
  std::unique_ptr<FdWatcher> watcher;
  auto made = FdWatcher::watch(loop, fd, [&] {
    ++calls;
    watcher.reset();
  });
  ASSERT_TRUE(made.has_value());
  watcher = std::move(*made);
  ASSERT_EQ(eventfd_write(fd, 1), 0);
  loop.run();
  EXPECT_EQ(calls, 1);
  close(fd);
}

TEST(FdWatcher, SaysNothingWhilePaused) {
  EventLoop loop;
  const int fd = eventfd(1, EFD_CLOEXEC);
  int calls = 0;
  std::unique_ptr<FdWatcher> watcher;
  auto made = FdWatcher::watch(loop, fd, [&] {
    ++calls;
    watcher->pause();
  });
  ASSERT_TRUE(made.has_value());
  watcher = std::move(*made);
  watcher->pause();
  loop.run();
  EXPECT_EQ(calls, 0);
  watcher->resume();
  loop.run();
  EXPECT_EQ(calls, 1);
  watcher.reset();
  close(fd);
}

TEST(FdWatcher, RefusesWhatCannotBePolled) {
  EventLoop loop;
  const auto watcher = FdWatcher::watch(loop, -1, [] {});
  ASSERT_FALSE(watcher.has_value());
  EXPECT_EQ(watcher.error().code, ErrorCode::kSystem);
}

TEST(SignalWatcher, HearsASignal) {
  EventLoop loop;
  int heard = 0;
  SignalWatcher watcher(loop, SIGUSR1, [&] {
    ++heard;
    loop.stop();
  });
  Timer timeout(loop, [&] { loop.stop(); });
  timeout.start(10'000);
  loop.defer([] { std::raise(SIGUSR1); });
  loop.run();
  EXPECT_EQ(heard, 1);
}

TEST(TurnHooks, SurroundTheSleep) {
  EventLoop loop;
  std::vector<std::string> order;
  const TurnHooks hooks(
      loop, [&] { order.push_back("before"); }, [&] { order.push_back("after"); });
  loop.defer([&] { order.push_back("deferred"); });
  loop.run_ready();
  EXPECT_THAT(order, ElementsAre("deferred", "before", "after"));
}

TEST(TurnHooks, WhatTheyDeferIsNotSleptOver) {
  EventLoop loop;
  Timer far(loop, [] {});
  far.start(3'600'000);
  bool ran = false;
  TurnHooks hooks(loop, [&] {
    if (!ran) {
      loop.defer([&] {
        ran = true;
        loop.stop();
      });
    }
  });
  loop.run();
  EXPECT_TRUE(ran);
}

TEST(TurnHooks, MayDestroyThemselvesAndOthers) {
  EventLoop loop;
  int calls = 0;
  std::unique_ptr<TurnHooks> second;
  std::unique_ptr<TurnHooks> first;
  first = std::make_unique<TurnHooks>(loop, [&] {
    first.reset();
    second.reset();
    ++calls;
  });
  second = std::make_unique<TurnHooks>(loop, [&] { ++calls; });
  for (int turn = 0; turn < 2; ++turn) {
    loop.defer([] {});
    loop.run_ready();
  }
  EXPECT_EQ(calls, 1);
}

class CountingTask : public TurnTask {
 public:
  CountingTask(EventLoop& loop, int again) : TurnTask(loop), again_(again) {}
  int runs = 0;
  std::function<void()> action;

 private:
  void run_turn_task() override {
    ++runs;
    if (runs <= again_) schedule();
    if (action) action();
  }
  int again_;
};

TEST(TurnTask, RunsOncePerScheduleWithoutSleeping) {
  EventLoop loop;
  CountingTask task(loop, 100);
  task.schedule();
  task.schedule();
  loop.run();
  EXPECT_EQ(task.runs, 101);
}

TEST(TurnTask, ThatAlwaysComesBackDoesNotStarveTimers) {
  EventLoop loop;
  CountingTask task(loop, 1'000'000'000);
  bool fired = false;
  Timer timer(loop, [&] {
    fired = true;
    loop.stop();
  });
  timer.start(1);
  task.schedule();
  loop.run();
  EXPECT_TRUE(fired);
}

TEST(TurnTask, MayDestroyItselfAndOthers) {
  EventLoop loop;
  auto first = std::make_unique<CountingTask>(loop, 0);
  auto second = std::make_unique<CountingTask>(loop, 0);
  auto third = std::make_unique<CountingTask>(loop, 0);
  first->action = [&, self = first.get()] {
    second.reset();
    EXPECT_EQ(self, first.get());
  };
  first->schedule();
  second->schedule();
  third->schedule();
  third.reset();
  loop.run();
  EXPECT_EQ(first->runs, 1);
}

}  // namespace
}  // namespace brink
