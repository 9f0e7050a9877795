#include "core/http/join.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace brink::http {
namespace {

class FakeSource : public IncomingBody {
 public:
  void set_receiver(BodyReceiver* next) override { receiver = next; }
  void resume() override { flowing = true; }
  void pause() override { flowing = false; }
  void discard() override { discarded = true; }
  BodyLength length() const override { return BodyLength::unknown(); }

  BodyReceiver* receiver = nullptr;
  bool flowing = false;
  bool discarded = false;
};

class FakeSink : public OutgoingBody {
 public:
  void set_observer(BodyWriterObserver* next) override { observer = next; }
  bool write(std::string_view bytes) override {
    text.append(bytes);
    return room;
  }
  void end() override { ended = true; }
  void abort() override { aborted = true; }

  BodyWriterObserver* observer = nullptr;
  std::string text;
  bool room = true;
  bool ended = false;
  bool aborted = false;
};

class JoinTest : public ::testing::Test {
 public:
  void SetUp() override {
    joined = join(source, sink, [this](JoinOutcome how, const Error* why) {
      outcome = how;
      had_error = why != nullptr;
      joined.reset();  // allowed
    });
    joined->start();
  }

  FakeSource source;
  FakeSink sink;
  std::unique_ptr<BodyJoin> joined;
  std::optional<JoinOutcome> outcome;
  bool had_error = false;
};

TEST_F(JoinTest, PassesBytesAndTheEnd) {
  EXPECT_TRUE(source.flowing);
  source.receiver->on_body_data("ab");
  source.receiver->on_body_data("c");
  EXPECT_EQ(joined->bytes(), 3u);
  source.receiver->on_body_end();
  EXPECT_EQ(sink.text, "abc");
  EXPECT_TRUE(sink.ended);
  EXPECT_EQ(outcome, JoinOutcome::kComplete);
  EXPECT_FALSE(had_error);
  EXPECT_EQ(sink.observer, nullptr);
}

TEST_F(JoinTest, PausesWhileTheSinkIsFull) {
  sink.room = false;
  source.receiver->on_body_data("a");
  EXPECT_FALSE(source.flowing);
  sink.room = true;
  sink.observer->on_writable();
  EXPECT_TRUE(source.flowing);
}

TEST_F(JoinTest, ABrokenSourceAbortsTheSink) {
  source.receiver->on_body_error({ErrorCode::kOriginClosed, "broke"});
  EXPECT_TRUE(sink.aborted);
  EXPECT_FALSE(sink.ended);
  EXPECT_EQ(outcome, JoinOutcome::kSourceError);
  EXPECT_TRUE(had_error);
}

TEST_F(JoinTest, ASinkThatIsGoneDiscardsTheSource) {
  sink.observer->on_writer_gone({ErrorCode::kClientGone, "left"});
  EXPECT_TRUE(source.discarded);
  EXPECT_EQ(source.receiver, nullptr);
  EXPECT_EQ(outcome, JoinOutcome::kSinkGone);
}

TEST_F(JoinTest, DestroyingDetachesBoth) {
  joined.reset();
  EXPECT_EQ(source.receiver, nullptr);
  EXPECT_EQ(sink.observer, nullptr);
  EXPECT_FALSE(source.discarded);
  EXPECT_FALSE(outcome);
}

}  // namespace
}  // namespace brink::http
