#include "core/http/join.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace brink::http {
namespace {

class FakeSource : public IncomingBody {
 public:
  void resume() override { flowing = true; }
  void pause() override { flowing = false; }
  void discard() override {
    take_receiver();
    discarded = true;
  }
  BodyLength length() const override { return BodyLength::unknown(); }

  void data(std::string_view bytes) { receiver()->on_body_data(bytes); }
  void end() { take_receiver()->on_body_end(); }
  void fail(const Error& error) { take_receiver()->on_body_error(error); }
  bool has_receiver() const { return receiver() != nullptr; }

  bool flowing = false;
  bool discarded = false;
};

class FakeSink : public OutgoingBody {
 public:
  bool write(std::string_view bytes) override {
    text.append(bytes);
    return room;
  }
  void end() override { ended = true; }
  void abort() override { aborted = true; }

  void make_room() { observer()->on_writable(); }
  void go(const Error& error) { take_observer()->on_writer_gone(error); }
  bool has_observer() const { return observer() != nullptr; }

  std::string text;
  bool room = true;
  bool ended = false;
  bool aborted = false;
};

class JoinTest : public ::testing::Test {
 public:
  void SetUp() override {
    joined = join(*source, *sink, [this](JoinOutcome how, const Error* why) {
      outcome = how;
      had_error = why != nullptr;
      joined.reset();  // allowed
    });
    joined->start();
  }

  std::unique_ptr<FakeSource> source = std::make_unique<FakeSource>();
  std::unique_ptr<FakeSink> sink = std::make_unique<FakeSink>();
  std::unique_ptr<BodyJoin> joined;
  std::optional<JoinOutcome> outcome;
  bool had_error = false;
};

TEST_F(JoinTest, PassesBytesAndTheEnd) {
  EXPECT_TRUE(source->flowing);
  source->data("ab");
  source->data("c");
  EXPECT_EQ(joined->bytes(), 3u);
  source->end();
  EXPECT_EQ(sink->text, "abc");
  EXPECT_TRUE(sink->ended);
  EXPECT_FALSE(sink->aborted);
  EXPECT_EQ(outcome, JoinOutcome::kComplete);
  EXPECT_FALSE(had_error);
  EXPECT_FALSE(sink->has_observer());
}

TEST_F(JoinTest, PausesWhileTheSinkIsFull) {
  sink->room = false;
  source->data("a");
  EXPECT_FALSE(source->flowing);
  sink->room = true;
  sink->make_room();
  EXPECT_TRUE(source->flowing);
}

TEST_F(JoinTest, ABrokenSourceAbortsTheSink) {
  source->fail({ErrorCode::kOriginClosed, "broke"});
  EXPECT_TRUE(sink->aborted);
  EXPECT_FALSE(sink->ended);
  EXPECT_EQ(outcome, JoinOutcome::kSourceError);
  EXPECT_TRUE(had_error);
}

TEST_F(JoinTest, ASinkThatIsGoneDiscardsTheSource) {
  sink->go({ErrorCode::kClientGone, "left"});
  EXPECT_TRUE(source->discarded);
  EXPECT_FALSE(source->has_receiver());
  EXPECT_EQ(outcome, JoinOutcome::kSinkGone);
}

TEST_F(JoinTest, DestroyedBeforeTheEndItAbortsTheSinkAndLetsTheSourceRest) {
  joined.reset();
  EXPECT_FALSE(source->has_receiver());
  EXPECT_FALSE(source->flowing);
  EXPECT_FALSE(source->discarded);
  EXPECT_FALSE(sink->has_observer());
  EXPECT_TRUE(sink->aborted);
  EXPECT_FALSE(outcome);
}

TEST_F(JoinTest, ASourceThatIsDestroyedAbortsTheSink) {
  source.reset();
  EXPECT_TRUE(sink->aborted);
  EXPECT_EQ(outcome, JoinOutcome::kSourceError);
}

TEST_F(JoinTest, ASinkThatIsDestroyedDiscardsTheSource) {
  sink.reset();
  EXPECT_TRUE(source->discarded);
  EXPECT_EQ(outcome, JoinOutcome::kSinkGone);
}

TEST_F(JoinTest, ASourceThatGoesToAnotherAbortsTheSink) {
  FakeSink other;
  const auto second = join(*source, other, {});
  EXPECT_TRUE(sink->aborted);
  EXPECT_EQ(outcome, JoinOutcome::kSourceError);
  EXPECT_TRUE(source->has_receiver());
  EXPECT_FALSE(other.aborted);
}

TEST(Join, KeepsASharedSourceAliveAndLetsGoOfItAtItsOwnEnd) {
  auto source = std::make_shared<FakeSource>();
  const std::weak_ptr<FakeSource> watch = source;
  FakeSink sink;
  auto joined = join(std::move(source), sink, {});
  EXPECT_FALSE(watch.expired());
  joined.reset();
  EXPECT_TRUE(watch.expired());
  EXPECT_TRUE(sink.aborted);
}

}  // namespace
}  // namespace brink::http
