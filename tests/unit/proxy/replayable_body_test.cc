#include "core/proxy/replayable_body.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/fake_body.h"

namespace brink::proxy::testing {
namespace {

TEST(ReplayableBody, GivesTheNextReaderAllOfIt) {
  FakeBody source;
  ReplayableBody body(source);
  Collector first, second;
  body.set_receiver(&first);
  body.resume();
  source.data("ab");
  source.data("cd");
  body.set_receiver(nullptr);
  body.rewind();
  body.set_receiver(&second);
  body.resume();
  EXPECT_EQ(second.got, "abcd");
  source.data("ef");
  source.end();
  EXPECT_EQ(first.got, "abcd");
  EXPECT_EQ(second.got, "abcdef$");
}

TEST(ReplayableBody, ABodyReadToItsEndIsReplayedToItsEnd) {
  FakeBody source;
  ReplayableBody body(source);
  Collector first, second;
  body.set_receiver(&first);
  body.resume();
  source.data("abc");
  source.end();
  EXPECT_EQ(first.got, "abc$");
  body.rewind();
  body.set_receiver(&second);
  body.resume();
  EXPECT_EQ(second.got, "abc$");
}

TEST(ReplayableBody, AnErrorWhilePausedIsKeptForTheReader) {
  FakeBody source;
  ReplayableBody body(source);
  Collector first;
  source.error({ErrorCode::kClientGone, "gone"});
  body.set_receiver(&first);
  body.resume();
  EXPECT_EQ(first.got, "!");
}

struct PausingCollector final : http::BodyReceiver {
  http::IncomingBody* body = nullptr;
  std::size_t got = 0;
  void on_body_data(std::string_view bytes) override {
    got += bytes.size();
    body->pause();
  }
  void on_body_end() override {}
  void on_body_error(const Error&) override {}
};

TEST(ReplayableBody, ReplaysNoFasterThanItsReader) {
  FakeBody source;
  ReplayableBody body(source);
  Collector first;
  body.set_receiver(&first);
  body.resume();
  source.data(std::string(200'000, 'x'));
  body.rewind();
  PausingCollector slow;
  slow.body = &body;
  body.set_receiver(&slow);
  body.resume();
  EXPECT_LE(slow.got, 64u * 1024);
  while (slow.got < 200'000) {
    const std::size_t before = slow.got;
    body.resume();
    ASSERT_GT(slow.got, before);
  }
  EXPECT_EQ(slow.got, 200'000u);
  EXPECT_FALSE(source.flowing);
  body.resume();
  EXPECT_TRUE(source.flowing);
}

}  // namespace
}  // namespace brink::proxy::testing
