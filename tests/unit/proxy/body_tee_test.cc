#include "core/proxy/body_tee.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/proxy/fake_body.h"

namespace brink::proxy::testing {
namespace {

class BodyTeeTest : public ::testing::Test {
 protected:
  FakeBody source{http::BodyLength::known(1000)};
  std::shared_ptr<BodyTee> tee = std::make_shared<BodyTee>(source, 100'000);

  http::SharedBody reader(Collector& collector) {
    http::SharedBody body = tee->add_reader();
    body->set_receiver(&collector);
    body->resume();
    return body;
  }
};

TEST_F(BodyTeeTest, GivesEachReaderAllOfIt) {
  Collector first, second;
  const auto a = reader(first);
  EXPECT_TRUE(source.flowing);
  EXPECT_EQ(a->length().bytes, 1000u);
  source.data("ab");
  source.data("cd");
  const auto b = reader(second);
  EXPECT_EQ(second.got, "abcd");
  source.data("ef");
  source.end();
  EXPECT_EQ(first.got, "abcdef$");
  EXPECT_EQ(second.got, "abcdef$");
}

TEST_F(BodyTeeTest, ABodyThatWasReadToItsEndIsGivenOnceMore) {
  Collector first, second;
  const auto a = reader(first);
  source.data("abc");
  source.end();
  EXPECT_EQ(first.got, "abc$");
  const auto b = reader(second);
  EXPECT_EQ(second.got, "abc$");
}

TEST_F(BodyTeeTest, AnErrorWhilePausedIsKeptForTheReader) {
  Collector first;
  source.error({ErrorCode::kClientGone, "gone"});
  const auto a = reader(first);
  EXPECT_EQ(first.got, "!");
}

TEST_F(BodyTeeTest, ReadsNothingThatNobodyWaitsFor) {
  EXPECT_FALSE(source.flowing);
  Collector first;
  const auto a = reader(first);
  a->pause();
  EXPECT_FALSE(source.flowing);
}

TEST_F(BodyTeeTest, KeepsNoMoreThanItsBoundAndTakesNoReaderAfterIt) {
  Collector first;
  const auto a = reader(first);
  source.data(std::string(100'000, 'x'));
  EXPECT_TRUE(tee->has_start());
  source.data("y");
  EXPECT_FALSE(tee->has_start());
  EXPECT_EQ(tee->add_reader(), nullptr);
  EXPECT_EQ(first.got.size(), 100'001u);
  EXPECT_TRUE(source.flowing);  // but the one that reads goes on
}

TEST_F(BodyTeeTest, AReaderThatStopsMakesTheOthersWaitAtTheBound) {
  Collector first, second;
  const auto a = reader(first), b = reader(second);
  tee->close();
  b->pause();
  source.data(std::string(60'000, 'x'));
  EXPECT_TRUE(source.flowing);
  source.data(std::string(60'000, 'x'));
  EXPECT_FALSE(source.flowing);
  b->resume();
  EXPECT_EQ(second.got.size(), 120'000u);
  EXPECT_TRUE(source.flowing);
}

TEST_F(BodyTeeTest, AReaderThatLeavesHoldsNobodyUp) {
  Collector first, second;
  const auto a = reader(first);
  auto b = reader(second);
  tee->close();
  b->pause();
  source.data(std::string(120'000, 'x'));
  EXPECT_FALSE(source.flowing);
  b.reset();
  EXPECT_TRUE(source.flowing);
}

TEST_F(BodyTeeTest, WithTheLastReaderTheSourceIsLeftAlone) {
  Collector first;
  auto a = reader(first);
  a.reset();
  EXPECT_TRUE(source.has_receiver());  // another may come
  tee->close();
  EXPECT_FALSE(source.has_receiver());
  EXPECT_FALSE(source.discarded);
}

TEST_F(BodyTeeTest, ABodyThatItsOnlyReaderDiscardsIsDiscarded) {
  Collector first;
  const auto a = reader(first);
  tee->close();
  a->discard();
  EXPECT_TRUE(source.discarded);
}

TEST_F(BodyTeeTest, ReadersOutliveWhoeverMadeIt) {
  Collector first;
  const auto a = reader(first);
  tee->close();
  tee.reset();
  source.data("ab");
  source.end();
  EXPECT_EQ(first.got, "ab$");
}

/// Does something in the middle of a delivery.
struct Acting final : http::BodyReceiver {
  std::size_t got = 0;
  std::function<void()> act;
  void on_body_data(std::string_view bytes) override {
    got += bytes.size();
    if (act) act();
  }
  void on_body_end() override {}
  void on_body_error(const Error&) override {}
};

TEST_F(BodyTeeTest, ReplaysNoFasterThanItsReader) {
  tee = std::make_shared<BodyTee>(source, 1'000'000);
  Collector first;
  const auto a = reader(first);
  source.data(std::string(200'000, 'x'));
  Acting slow;
  const http::SharedBody b = tee->add_reader();
  slow.act = [&] { b->pause(); };
  b->set_receiver(&slow);
  b->resume();
  EXPECT_LE(slow.got, 64u * 1024);
  while (slow.got < 200'000) {
    const std::size_t before = slow.got;
    b->resume();
    ASSERT_GT(slow.got, before);
  }
  EXPECT_EQ(slow.got, 200'000u);
}

TEST_F(BodyTeeTest, AReaderMayEndAnotherOneAndItselfWhileItReads) {
  Collector second;
  Acting first;
  http::SharedBody a = tee->add_reader();
  http::SharedBody b = reader(second);
  first.act = [&] {
    a.reset();
    b.reset();
    tee.reset();
  };
  a->set_receiver(&first);
  a->resume();
  source.data("abc");
  EXPECT_EQ(first.got, 3u);
  EXPECT_EQ(second.got, "!");  // its body is gone
  EXPECT_FALSE(source.has_receiver());
}

}  // namespace
}  // namespace brink::proxy::testing
