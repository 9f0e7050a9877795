// What a worker that is somebody else's may make a script run log, remember and say.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "core/proxy/script_run.h"
#include "tests/unit/supervise/fake_worker.h"

namespace brink::proxy::testing {
namespace {

using supervise::testing::FakeWorker;
using supervise::testing::RecordingObserver;

struct Outcome final : ScriptRunObserver {
  void on_script_response(const ipc::Respond&) override {}
  void on_script_next(const ipc::Next&) override {}
  void on_script_failed(const Error& error, std::string_view told_stack, std::uint32_t) override {
    ++failures;
    message = error.message;
    stack = told_stack;
  }
  void on_script_body_failed(const Error&) override {}
  void on_script_interrupted(const Error&, bool) override {}
  http::SharedBody body_for_script() override { return nullptr; }
  SiteVisit visit() const override { return {asked, ""}; }
  RequestView asked;
  int failures = 0;
  std::string message;
  std::string stack;
};

class ScriptRunCostTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const ipc::JailReport jail;
    fake.say(0, ipc::WorkerReady{.jail = jail.bytes()});
    fake.front().drain();
    fake.front().load(ipc::LoadApp{}, observer);
    fake.say(0, ipc::AppReady{});
    fake.front().drain();
    run =
        std::make_shared<ScriptRun>(ScriptRun::Services{config, upstreams, log, failures, loop,
                                                        wall, drop, silence, overdue, reads_bodies},
                                    fake.front(), static_cast<ScriptRunObserver&>(outcome), "7f");
    ipc::Request request;
    request.method = "GET";
    request.url = "http://a.test/";
    ASSERT_TRUE(run->start(request));
    fake.heard();
    id = fake.last_id();
  }
  void TearDown() override {
    run->detach(false);
    fake.front().kill({ErrorCode::kWorkerDied, "the test is over"});
    fake.front().settle();  // tells the run, which holds itself until then
  }

  EventLoop loop;
  RecordingObserver observer;
  FakeWorker fake{loop, observer};
  Config config;
  Upstreams upstreams{loop, config};
  Log log{LogLevel::kInfo};
  FailureLog failures{log, 64 * 1024};
  http::DeadlineList wall{loop, 60'000};
  http::DeadlineList drop{loop, 60'000};
  http::DeadlineList silence{loop, 60'000};
  supervise::Tally overdue{loop, [](std::uint64_t) {}};
  bool reads_bodies = false;
  Outcome outcome;
  std::shared_ptr<ScriptRun> run;
  std::uint32_t id = 0;
};

TEST_F(ScriptRunCostTest, AFailureIsToldOnceAndNotAtAnyLength) {
  const std::string text(30'000, 'x');
  const ipc::RequestFailed failed{
      .code = "BRINK_SCRIPT_ERROR", .message = text, .stack = text, .cpu_us = 0};
  ::testing::internal::CaptureStderr();
  fake.say(id, failed);
  fake.say(id, failed);
  fake.front().drain();
  const std::string logged = ::testing::internal::GetCapturedStderr();
  EXPECT_TRUE(fake.was_killed());
  EXPECT_EQ(outcome.failures, 1);
  EXPECT_LE(outcome.message.size(), 2'048u);
  EXPECT_LE(outcome.stack.size(), 8'192u);
  EXPECT_LT(logged.size(), 16'000u);
}

TEST_F(ScriptRunCostTest, AFailureThatNobodyWaitsForIsInTheLogWithTheRequest) {
  run->detach(false);
  ::testing::internal::CaptureStderr();
  fake.say(id, ipc::RequestFailed{
                   .code = "BRINK_SCRIPT_ERROR", .message = "boom", .stack = "", .cpu_us = 0});
  fake.front().drain();
  EXPECT_NE(::testing::internal::GetCapturedStderr().find(
                "script failed request=7f error=BRINK_SCRIPT_ERROR message=boom"),
            std::string::npos);
  EXPECT_EQ(outcome.failures, 0);
}

// What is refused may be asked for again under its number, as it is not remembered.
TEST_F(ScriptRunCostTest, FetchesThatAreRefusedAreForgotten) {
  config.limits.subrequests = 0;
  for (int i = 0; i < 1'000; ++i) {
    ipc::Fetch fetch;
    fetch.request = id;
    fetch.method = "GET";
    fetch.url = "http://a.test/";
    fake.say(7, fetch);
    ASSERT_TRUE(fake.front().drain());
    fake.heard();
  }
  EXPECT_NE(fake.front().state(), supervise::Worker::State::kEnding);
}

}  // namespace
}  // namespace brink::proxy::testing
