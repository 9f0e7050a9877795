#include "core/proxy/body_feed.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/unit/proxy/fake_body.h"
#include "tests/unit/supervise/fake_worker.h"

namespace brink::proxy::testing {
namespace {

using supervise::testing::FakeWorker;
using supervise::testing::RecordingObserver;

class BodyFeedTest : public ::testing::Test {
 protected:
  EventLoop loop;
  RecordingObserver observer;
  FakeWorker fake{loop, observer};
  FakeBody source;
  bool too_large = false;
  std::optional<BodyFeed> feed;

  void make(std::uint64_t limit_bytes = 1000) {
    feed.emplace(fake.front(), ipc::StreamRef{ipc::StreamKind::kRequestBody, 5},
                 http::borrow(&source), limit_bytes, [this] { too_large = true; });
  }
  /// What the worker was sent since: bytes, then '$' or '!' ; messages are separated by '|'.
  std::string sent() {
    std::string text;
    ipc::Frame frame;
    ipc::HeaderScratch scratch;
    while (fake.consumer().peek(frame)) {
      ipc::BodyChunk chunk;
      EXPECT_TRUE(ipc::decode(frame.payload, scratch, chunk));
      EXPECT_EQ(frame.header.id, 5u);
      text += std::string(chunk.bytes);
      if (chunk.state == ipc::ChunkState::kEnd) text += '$';
      if (chunk.state == ipc::ChunkState::kError)
        text += '!' + std::string(chunk.error.substr(0, 20));
      text += '|';
      fake.consumer().pop(frame);
    }
    return text;
  }
};

TEST_F(BodyFeedTest, ReadsNothingBeforeItIsAsked) {
  make();
  EXPECT_FALSE(source.flowing);
  EXPECT_TRUE(feed->pull(10));
  EXPECT_TRUE(source.flowing);
  source.data("abc");
  EXPECT_FALSE(source.flowing);
  EXPECT_EQ(sent(), "abc|");
}

TEST_F(BodyFeedTest, KeepsWhatWasNotAskedFor) {
  make();
  feed->pull(2);
  source.data("abcde");
  EXPECT_EQ(sent(), "ab|");
  feed->pull(2);
  EXPECT_EQ(sent(), "cd|");
  feed->pull(2);
  EXPECT_EQ(sent(), "e|");
  feed->pull(2);
  source.end();
  EXPECT_EQ(sent(), "$|");
}

TEST_F(BodyFeedTest, AKnownLengthSparesTheLastPull) {
  source.declared = http::BodyLength::known(3);
  make();
  feed->pull(100);
  source.data("abc");
  EXPECT_EQ(sent(), "abc$|");
  source.end();
  EXPECT_EQ(sent(), "");
}

TEST_F(BodyFeedTest, OnePullAtATime) {
  make();
  EXPECT_TRUE(feed->pull(2));
  EXPECT_FALSE(feed->pull(2));
}

TEST_F(BodyFeedTest, TheLimitItselfIsAllowedAndOneMoreIsNot) {
  make(4);
  feed->pull(100);
  source.data("abcd");
  EXPECT_EQ(sent(), "abcd|");
  EXPECT_FALSE(too_large);
  feed->pull(100);
  source.data("e");
  EXPECT_TRUE(too_large);
  EXPECT_EQ(sent(), "!BRINK_BODY_TOO_LARGE|");
}

TEST_F(BodyFeedTest, TellsWhyTheBodyBroke) {
  make();
  feed->pull(100);
  source.error({ErrorCode::kClientGone, "gone"});
  EXPECT_EQ(sent(), "!BRINK_CLIENT_GONE: g|");
}

}  // namespace
}  // namespace brink::proxy::testing
