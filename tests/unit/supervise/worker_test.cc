#include "core/supervise/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <time.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "core/loop/timer.h"
#include "tests/unit/supervise/fake_worker.h"

namespace brink::supervise::testing {
namespace {

using ipc::MessageType;

class WorkerTest : public ::testing::Test {
 protected:
  EventLoop loop;
  RecordingObserver observer;
  FakeWorker fake{loop, observer};
  RecordingCall call;

  void serve() {
    fake.say(0, ipc::WorkerReady{.jail = ipc::JailReport().bytes()});
    fake.front().drain();
    fake.front().load({}, observer);
    ASSERT_EQ(fake.heard(), std::vector{MessageType::kLoadApp});
    fake.say(0, ipc::AppReady{});
    fake.front().drain();
    ASSERT_EQ(fake.front().state(), Worker::State::kServing);
  }
  std::uint32_t start_call() {
    ipc::Request request;
    request.method = "GET";
    request.url = "http://example.com/";
    return *fake.front().start_call(request, call);
  }
};

TEST_F(WorkerTest, BecomesASpareThenServes) {
  serve();
  EXPECT_EQ(observer.spares, 1);
  EXPECT_EQ(observer.ready, 1);
}

TEST_F(WorkerTest, DeliversAWholeCall) {
  serve();
  const std::uint32_t id = start_call();
  EXPECT_EQ(fake.heard(), std::vector{MessageType::kRequest});
  EXPECT_EQ(fake.last_id(), id);
  fake.say(9, ipc::Fetch{.request = id, .method = "GET", .url = "http://x/"});
  fake.say(9, ipc::BodyPull{ipc::StreamKind::kFetchResponseBody, 100});
  fake.say(id, ipc::Respond{});
  fake.say(id, ipc::StreamChunk{ipc::StreamKind::kResponseBody, ipc::ChunkState::kEnd, "x"});
  fake.say(id, ipc::RequestDone{12});
  EXPECT_TRUE(fake.front().drain());
  EXPECT_EQ(call.events, "fPRCD");
  EXPECT_EQ(fake.front().calls(), 0u);
}

TEST_F(WorkerTest, NeverGivesTheSameIdTwiceInARow) {
  serve();
  const std::uint32_t first = start_call();
  fake.say(first, ipc::RequestDone{});
  fake.front().drain();
  const std::uint32_t second = start_call();
  EXPECT_NE(first, second);
  fake.say(first, ipc::Respond{});  // late, and for nobody
  fake.front().drain();
  EXPECT_TRUE(fake.was_killed());
}

TEST_F(WorkerTest, RefusesWhatNoMessageCanHold) {
  serve();
  ipc::Request request;
  const std::string url(ipc::kMaxPayload_bytes, 'x');
  request.url = url;
  const auto started = fake.front().start_call(request, call);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kHeadTooLarge);
  EXPECT_EQ(fake.front().calls(), 0u);
}

TEST_F(WorkerTest, RefusesMoreCallsThanItCanName) {
  serve();
  std::size_t started = 0;
  while (started < 5000 && fake.front().start_call(ipc::Request{}, call)) ++started;
  EXPECT_EQ(started, 4096u);
  EXPECT_FALSE(fake.front().takes_calls());
}

TEST_F(WorkerTest, QueuesWhatTheRingHasNoRoomFor) {
  serve();
  fake.heard();
  Timer keeps_running(loop, [] {});  // watching a worker alone does not keep a loop going
  keeps_running.start(60'000);
  const std::string piece(ipc::kMaxChunk_bytes, 'x');
  const ipc::ModuleSource message{ipc::ModuleSource::Part::kSource, "a.js", piece};
  for (std::uint32_t i = 0; i < 20; ++i) fake.front().send(i, message);  // over 1 MB into 256 KiB
  std::size_t got = 0;
  for (int turn = 0; turn < 100 && got < 20; ++turn) {
    got += fake.heard().size();
    EXPECT_TRUE(fake.consumer().prepare_sleep());  // tells the front that there is room
    loop.run_ready();
  }
  EXPECT_EQ(got, 20u);
  EXPECT_EQ(fake.last_id(), 19u);
}

TEST_F(WorkerTest, FeedsWhatIsMoreThanItHoldsInMemory) {
  serve();
  fake.heard();
  Timer keeps_running(loop, [] {});
  keeps_running.start(60'000);
  const std::string piece(ipc::kMaxChunk_bytes, 'x');
  constexpr std::uint32_t kPieces = 400;  // over 22 MB
  std::uint32_t sent = 0;
  fake.front().feed([&](Worker& worker) {
    worker.send(sent, ipc::ModuleSource{ipc::ModuleSource::Part::kSource, "a.js", piece});
    return ++sent < kPieces;
  });
  EXPECT_LT(sent, 10u) << "no more than the ring takes";
  std::size_t got = 0;
  for (int turn = 0; turn < 1000 && got < kPieces; ++turn) {
    got += fake.heard().size();
    EXPECT_TRUE(fake.consumer().prepare_sleep());  // tells the front that there is room
    loop.run_ready();
  }
  EXPECT_EQ(got, kPieces);
  EXPECT_EQ(fake.last_id(), kPieces - 1);
  EXPECT_EQ(fake.front().state(), Worker::State::kServing);
}

TEST_F(WorkerTest, ASpareThatEndsSaysWhy) {
  fake.say(0, ipc::Log{.level = ipc::LogLevel::kError, .text = "no RLIMIT_DATA"});
  fake.front().on_exit(1 << 8);
  EXPECT_EQ(fake.front().end_reason().message, "the worker ended with status 1: no RLIMIT_DATA");
}

TEST_F(WorkerTest, AWorkerThatLoadsSaysWhatItWaitsFor) {
  fake.say(0, ipc::WorkerReady{.jail = ipc::JailReport().bytes()});
  fake.front().drain();
  fake.front().load({}, observer);
  fake.say(0, ipc::AppWaits{.place = "middleware.js:3:1"});
  EXPECT_TRUE(fake.front().drain());
  EXPECT_EQ(fake.front().waits_in(), "middleware.js:3:1");
}

TEST_F(WorkerTest, AWorkerThatLiesAboutItsReadingIsKilled) {
  serve();
  fake.control().to_worker.tail.store(1 << 30);
  const std::string piece(ipc::kMaxChunk_bytes, 'x');
  for (std::uint32_t i = 0; i < 8; ++i) {
    fake.front().send(i, ipc::ModuleSource{ipc::ModuleSource::Part::kSource, "a.js", piece});
  }
  EXPECT_TRUE(fake.was_killed());
}

TEST_F(WorkerTest, TellsTheCallsWhyTheWorkerEnded) {
  serve();
  RecordingCall other;
  start_call();
  ipc::Request request;
  const std::uint32_t running = *fake.front().start_call(request, other);
  fake.control().status.current_request.store(running);
  fake.control().status.exit_code_name.store(static_cast<std::uint32_t>(ErrorCode::kMemoryLimit) +
                                             1);
  fake.front().on_exit(77 << 8);
  ASSERT_TRUE(other.lost && call.lost);
  EXPECT_EQ(other.lost->code, ErrorCode::kMemoryLimit);
  EXPECT_EQ(call.lost->code, ErrorCode::kWorkerDied);
}

// The exit of a process is known later than its CPU clock is gone.
TEST_F(WorkerTest, AProcessThatHasJustEndedDidNotPassItsCpuLimit) {
  serve();
  start_call();
  fake.control().status.turn.store(1);
  fake.front().check(0);
  EXPECT_TRUE(fake.die());
  fake.front().check(0);
  EXPECT_EQ(fake.front().state(), Worker::State::kServing);
}

TEST_F(WorkerTest, TellsTheCallsOfAKilledWorkerBeforeItIsGone) {
  serve();
  RecordingCall other;
  const std::uint32_t running = start_call();
  ASSERT_TRUE(fake.front().start_call(ipc::Request{}, other));
  fake.control().status.current_request.store(running);
  fake.front().kill({ErrorCode::kCpuLimit, "too long"});
  EXPECT_FALSE(call.lost) << "never before kill() returns";
  EXPECT_TRUE(fake.front().settle());
  ASSERT_TRUE(call.lost && other.lost);
  EXPECT_EQ(call.lost->code, ErrorCode::kCpuLimit);
  EXPECT_EQ(other.lost->code, ErrorCode::kWorkerDied);
  EXPECT_TRUE(fake.front().ended_in_a_call());
  EXPECT_EQ(fake.front().calls(), 0u);
}

TEST_F(WorkerTest, AWorkerThatSaysWhyItEndsIsNotWaitedFor) {
  serve();
  const std::uint32_t id = start_call();
  fake.say(id, ipc::Respond{});
  fake.control().status.current_request.store(id);
  fake.control().status.exit_code_name.store(static_cast<std::uint32_t>(ErrorCode::kMemoryLimit) +
                                             1);
  fake.front().check(50);
  fake.front().settle();
  EXPECT_EQ(call.events, "R") << "what it said before still counts";
  ASSERT_TRUE(call.lost);
  EXPECT_EQ(call.lost->code, ErrorCode::kMemoryLimit);
  EXPECT_TRUE(fake.was_killed());
}

/// CPU time of the process so far.
std::uint64_t cpu_ms(int pid) {
  clockid_t clock;
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return static_cast<std::uint64_t>(time.tv_sec) * 1000 +
         static_cast<std::uint64_t>(time.tv_nsec) / 1'000'000;
}

/// Looks as the pool does until the worker is killed. How much CPU time its process used meanwhile,
/// looks being late on a busy machine: without the longest time between two looks.
std::uint64_t cpu_ms_until_killed(Worker& worker, std::uint64_t limit_ms, std::uint64_t most_ms) {
  const std::uint64_t began_ms = cpu_ms(worker.pid());
  std::uint64_t used_ms = 0, longest_ms = 0;
  while (worker.state() != Worker::State::kEnding && used_ms < most_ms) {
    ::usleep(10'000);
    const std::uint64_t now_ms = cpu_ms(worker.pid()) - began_ms;
    longest_ms = std::max(longest_ms, now_ms - used_ms);
    used_ms = now_ms;
    worker.check(limit_ms);
  }
  return used_ms - longest_ms;
}

TEST_F(WorkerTest, ATurnMayUseOnlyWhatItsRequestHasLeft) {
  FakeWorker spinning(loop, observer, true);
  spinning.control().status.turn.store(1);
  spinning.control().status.turn_budget_us.store(20'000);
  EXPECT_LT(cpu_ms_until_killed(spinning.front(), 60'000, 20'000), 20u + 100u);
  EXPECT_EQ(spinning.front().end_reason().code, ErrorCode::kCpuLimit);
  EXPECT_TRUE(spinning.was_killed());
}

TEST_F(WorkerTest, AWorkerThatRunsWhileItSaysThatItRestsIsKilled) {
  FakeWorker spinning(loop, observer, true);
  spinning.control().status.turn.store(8);
  EXPECT_LT(cpu_ms_until_killed(spinning.front(), 50, 20'000), 2'000u);
  EXPECT_EQ(spinning.front().end_reason().code, ErrorCode::kCpuLimit);
  EXPECT_TRUE(spinning.was_killed());
}

TEST_F(WorkerTest, AWorkerThatLeavesItsMessagesUnreadAndDoesNothingIsKilled) {
  serve();
  start_call();
  for (int i = 0; i < 2'000 && fake.front().state() != Worker::State::kEnding; ++i) {
    ::usleep(10'000);
    loop.run_ready();
    fake.front().check(50);
  }
  EXPECT_TRUE(fake.was_killed());
  fake.front().settle();
  ASSERT_TRUE(call.lost);
  EXPECT_EQ(call.lost->code, ErrorCode::kWorkerDied);
  EXPECT_NE(call.lost->message.find("did not react"), std::string::npos) << call.lost->message;
}

TEST_F(WorkerTest, AWorkerThatUsesCpuTimeMayLeaveMessagesUnread) {
  FakeWorker busy(loop, observer, true);
  busy.serve(observer);
  ASSERT_TRUE(busy.front().start_call(ipc::Request{}, call));
  for (std::uint64_t turn = 1; turn < 400; ++turn) {  // four seconds
    busy.control().status.turn.store(2 * turn + 1);
    ::usleep(10'000);
    loop.run_ready();
    busy.front().check(60'000);
  }
  EXPECT_EQ(busy.front().state(), Worker::State::kServing);
}

TEST_F(WorkerTest, ATurnWithinItsBudgetGoesOn) {
  FakeWorker spinning(loop, observer, true);
  spinning.control().status.turn.store(1);
  spinning.control().status.turn_budget_us.store(~0ull);
  for (int i = 0; i < 20; ++i) {
    ::usleep(10'000);
    spinning.front().check(60'000);
  }
  EXPECT_NE(spinning.front().state(), Worker::State::kEnding);
}

TEST_F(WorkerTest, KnowsHowLongARequestWaitsToBeRead) {
  serve();
  EXPECT_TRUE(fake.front().at_rest());
  start_call();
  EXPECT_FALSE(fake.front().at_rest());
  ::usleep(30'000);
  loop.run_ready();
  EXPECT_GE(fake.front().queue_delay_ms(), 20u);
  fake.heard();
  EXPECT_EQ(fake.front().queue_delay_ms(), 0u);
  EXPECT_TRUE(fake.front().at_rest());
  fake.control().status.turn.store(1);
  EXPECT_FALSE(fake.front().at_rest());
}

TEST_F(WorkerTest, WhatWasSaidBeforeTheEndCounts) {
  serve();
  const std::uint32_t id = start_call();
  fake.say(id, ipc::Respond{});
  fake.say(id, ipc::RequestDone{});
  fake.front().on_exit(9);
  EXPECT_EQ(call.events, "RD");
  EXPECT_FALSE(call.lost);
}

TEST_F(WorkerTest, AnExitCodeNameOutOfRangeIsIgnored) {
  serve();
  start_call();
  fake.control().status.exit_code_name.store(0xffffffff);
  fake.control().status.current_request.store(0xffffffff);
  fake.front().on_exit(9);
  ASSERT_TRUE(call.lost);
  EXPECT_EQ(call.lost->code, ErrorCode::kWorkerDied);
}

// ------------------------------------------------------------------ messages that can't be

struct Hostile {
  const char* name;
  std::function<void(FakeWorker&, std::uint32_t call)> say;
};
void PrintTo(const Hostile& hostile, std::ostream* out) { *out << hostile.name; }

std::vector<std::byte> encoded(auto message) {
  std::vector<std::byte> bytes(4096);
  ipc::Encoder encoder(bytes);
  message.fields(encoder);
  bytes.resize(encoder.size());
  return bytes;
}

void say_bytes(FakeWorker& fake, MessageType type, std::uint32_t id, std::vector<std::byte> bytes) {
  fake.say_raw(static_cast<std::uint16_t>(type), id, bytes);
}

std::vector<std::byte> patched(std::vector<std::byte> bytes, std::size_t at, int value) {
  bytes.at(at) = static_cast<std::byte>(value);
  return bytes;
}

const Hostile kHostile[] = {
    {"UnknownType", [](FakeWorker& f, std::uint32_t id) { f.say_raw(9999, id, {}); }},
    {"TypeZero", [](FakeWorker& f, std::uint32_t id) { f.say_raw(0, id, {}); }},
    {"AMessageOfTheFronts", [](FakeWorker& f, std::uint32_t id) { f.say(id, ipc::Request{}); }},
    {"EmptyRespond",
     [](FakeWorker& f, std::uint32_t id) { say_bytes(f, MessageType::kRespond, id, {}); }},
    {"TruncatedRespond",
     [](FakeWorker& f, std::uint32_t id) {
       auto bytes = encoded(ipc::Respond{});
       bytes.pop_back();
       say_bytes(f, MessageType::kRespond, id, bytes);
     }},
    {"TrailingByte",
     [](FakeWorker& f, std::uint32_t id) {
       auto bytes = encoded(ipc::Respond{});
       bytes.push_back(std::byte{0});
       say_bytes(f, MessageType::kRespond, id, bytes);
     }},
    {"TextLongerThanTheFrame",
     [](FakeWorker& f, std::uint32_t id) {
       say_bytes(f, MessageType::kRespond, id, patched(encoded(ipc::Respond{}), 8, 0x7f));
     }},
    {"HeaderCountHuge",
     [](FakeWorker& f, std::uint32_t id) {
       say_bytes(f, MessageType::kRespond, id, patched(encoded(ipc::Respond{}), 13, 0xff));
     }},
    {"BodyKindOutOfRange",
     [](FakeWorker& f, std::uint32_t id) {
       say_bytes(f, MessageType::kRespond, id, patched(encoded(ipc::Respond{}), 14, 9));
     }},
    {"BooleanTwo",
     [](FakeWorker& f, std::uint32_t id) {
       say_bytes(f, MessageType::kNext, id, patched(encoded(ipc::Next{}), 0, 2));
     }},
    {"ChunkStateOutOfRange",
     [](FakeWorker& f, std::uint32_t id) {
       say_bytes(f, MessageType::kStreamChunk, id, patched(encoded(ipc::StreamChunk{}), 1, 3));
     }},
    {"StreamKindOutOfRange",
     [](FakeWorker& f, std::uint32_t id) {
       say_bytes(f, MessageType::kBodyPull, id, patched(encoded(ipc::BodyPull{}), 0, 4));
     }},
    {"LogLevelOutOfRange",
     [](FakeWorker& f, std::uint32_t id) {
       say_bytes(f, MessageType::kLog, id, patched(encoded(ipc::Log{}), 0, 4));
     }},
    {"RespondForNobody", [](FakeWorker& f, std::uint32_t id) { f.say(id + 1, ipc::Respond{}); }},
    {"NextForNobody", [](FakeWorker& f, std::uint32_t) { f.say(0xffffffff, ipc::Next{}); }},
    {"DoneForNobody", [](FakeWorker& f, std::uint32_t) { f.say(0, ipc::RequestDone{}); }},
    {"FailedForNobody", [](FakeWorker& f, std::uint32_t) { f.say(1, ipc::RequestFailed{}); }},
    {"FailedWithAnInventedCode",
     [](FakeWorker& f, std::uint32_t id) {
       f.say(id, ipc::RequestFailed{"BRINK_OWNED", "x", ""});
     }},
    {"FetchForNobody",
     [](FakeWorker& f, std::uint32_t id) { f.say(1, ipc::Fetch{.request = id + 1}); }},
    {"FetchIdTwice",
     [](FakeWorker& f, std::uint32_t id) {
       f.say(1, ipc::Fetch{.request = id});
       f.say(1, ipc::Fetch{.request = id});
     }},
    {"ReadyAgain",
     [](FakeWorker& f, std::uint32_t) {
       f.say(0, ipc::WorkerReady{.jail = ipc::JailReport().bytes()});
     }},
    {"AppReadyAgain", [](FakeWorker& f, std::uint32_t) { f.say(0, ipc::AppReady{}); }},
    {"AppFailedWhileServing", [](FakeWorker& f, std::uint32_t) { f.say(0, ipc::AppFailed{}); }},
    {"ModuleNeededWhileServing",
     [](FakeWorker& f, std::uint32_t) { f.say(0, ipc::ModuleNeeded{}); }},
    {"PayloadLongerThanAllowed",
     [](FakeWorker& f, std::uint32_t) {
       f.say(0, ipc::Log{});
       auto& head = f.control().to_front.head;
       // The frame just written is the last 24 bytes or so: claim a giant payload in its place.
       ipc::FrameHeader giant{0x7fffffff, static_cast<std::uint16_t>(MessageType::kLog), 0, 0, 0};
       std::byte* ring =
           reinterpret_cast<std::byte*>(&f.control()) + 4096 + 2 * ipc::kRingCapacity_bytes;
       std::memcpy(ring + f.control().to_front.tail.load() % ipc::kRingCapacity_bytes, &giant,
                   sizeof giant);
       head.store(head.load());
     }},
    {"HeadFarAhead",
     [](FakeWorker& f, std::uint32_t) { f.control().to_front.head.fetch_add(1ull << 40); }},
    {"HeadGoesBack", [](FakeWorker& f, std::uint32_t) { f.control().to_front.head.store(0); }},
    {"HeadInsideAFrameHeader",
     [](FakeWorker& f, std::uint32_t) { f.control().to_front.head.fetch_add(8); }},
};

class HostileWorkerTest : public WorkerTest, public ::testing::WithParamInterface<Hostile> {};

TEST_P(HostileWorkerTest, IsKilledAndItsCallGetsAnError) {
  serve();
  const std::uint32_t id = start_call();
  GetParam().say(fake, id);
  fake.front().drain();
  EXPECT_EQ(fake.front().state(), Worker::State::kEnding);
  ASSERT_TRUE(fake.was_killed());
  fake.front().on_exit(SIGKILL);
  ASSERT_TRUE(call.lost);
  EXPECT_EQ(call.lost->code, ErrorCode::kWorkerProtocol);
}

INSTANTIATE_TEST_SUITE_P(Messages, HostileWorkerTest, ::testing::ValuesIn(kHostile),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(WorkerTest, AMessageTheCallRefusesEndsTheWorker) {
  serve();
  const std::uint32_t id = start_call();
  call.accept = false;
  fake.say(id, ipc::Respond{});
  fake.front().drain();
  EXPECT_TRUE(fake.was_killed());
}

TEST_F(WorkerTest, StreamsThatEndedOnThisSideAreNoViolation) {
  serve();
  fake.say(77, ipc::BodyPull{ipc::StreamKind::kFetchResponseBody, 1});
  fake.say(77, ipc::BodyCancel{ipc::StreamKind::kFetchResponseBody});
  fake.say(77, ipc::FetchAbort{});
  fake.say(77, ipc::StreamChunk{ipc::StreamKind::kResponseBody, ipc::ChunkState::kMore, "x"});
  EXPECT_TRUE(fake.front().drain());
  EXPECT_EQ(fake.front().state(), Worker::State::kServing);
}

}  // namespace
}  // namespace brink::supervise::testing
