#include "core/proxy/script_body.h"

#include <gtest/gtest.h>

#include <string>

#include "core/loop/timer.h"
#include "tests/unit/supervise/fake_worker.h"

namespace brink::proxy::testing {
namespace {

using ipc::ChunkState;
using ipc::MessageType;

/// A client that takes as much as the test says.
struct Sink final : http::OutgoingBody {
  std::string got;
  bool takes = true;
  bool aborted = false;
  using http::OutgoingBody::observer;
  bool write(std::string_view bytes) override {
    got += bytes;
    return takes;
  }
  void end() override { got += '$'; }
  void abort() override { aborted = true; }
};

class ScriptBodyTest : public ::testing::Test {
 protected:
  EventLoop loop;
  supervise::testing::RecordingObserver observer;
  supervise::testing::FakeWorker fake{loop, observer};
  http::DeadlineList silence{loop, 100};
  Sink sink;
  int silent = 0;
  ScriptBody body{fake.front(), {ipc::StreamKind::kResponseBody, 7}, sink};

  bool send(std::size_t bytes) { return body.on_chunk(ChunkState::kMore, std::string(bytes, 'x')); }
  void limit_silence() {
    body.limit_silence(silence, [this] { ++silent; });
  }
  void run_for(std::uint64_t ms) {
    Timer end(loop, [this] { loop.stop(); });
    end.start(ms);
    loop.run();
  }
};

TEST_F(ScriptBodyTest, TakesNoMoreThanItsWindow) {
  sink.takes = false;
  EXPECT_TRUE(send(ipc::kInitialWindow_bytes / 2));
  EXPECT_TRUE(send(ipc::kInitialWindow_bytes / 2));
  EXPECT_FALSE(send(1));
  EXPECT_EQ(sink.got.size(), ipc::kInitialWindow_bytes);
}

TEST_F(ScriptBodyTest, GivesWindowOnlyWhenTheClientHasTakenTheBytes) {
  sink.takes = false;
  EXPECT_TRUE(send(ipc::kInitialWindow_bytes));
  EXPECT_TRUE(fake.heard().empty());
  sink.observer()->on_writable();
  EXPECT_EQ(fake.heard(), std::vector{MessageType::kWindow});
  sink.takes = true;
  EXPECT_TRUE(send(ipc::kInitialWindow_bytes));
}

TEST_F(ScriptBodyTest, AScriptThatFallsSilentIsToldOf) {
  limit_silence();
  run_for(400);
  EXPECT_EQ(silent, 1);
}

TEST_F(ScriptBodyTest, EachPieceBeginsTheTimeAnew) {
  http::DeadlineList longer(loop, 1'000);
  body.limit_silence(longer, [this] { ++silent; });
  run_for(50);
  EXPECT_GE(body.silent_ms(), 50u);
  EXPECT_TRUE(send(1));
  EXPECT_LT(body.silent_ms(), 50u);
  body.on_chunk(ChunkState::kEnd, {});
}

TEST_F(ScriptBodyTest, SilenceCountsOnlyWhileTheClientCouldTakeMore) {
  limit_silence();
  sink.takes = false;
  EXPECT_TRUE(send(1));
  run_for(400);
  EXPECT_EQ(silent, 0) << "the client is what is waited for";
  sink.observer()->on_writable();
  run_for(400);
  EXPECT_EQ(silent, 1);
}

TEST_F(ScriptBodyTest, ABodyThatHasEndedIsNotSilent) {
  limit_silence();
  EXPECT_TRUE(body.on_chunk(ChunkState::kEnd, "x"));
  run_for(400);
  EXPECT_EQ(silent, 0);
  EXPECT_EQ(sink.got, "x$");
}

}  // namespace
}  // namespace brink::proxy::testing
