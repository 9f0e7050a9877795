#include "core/http/body_pipe.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/http/server_fixture.h"
#include "tests/unit/http/test_peer.h"

namespace brink::http::test {
namespace {

using State = BodyPipe::State;

struct WriterObserver final : BodyWriterObserver {
  void on_writable() override { ++writable; }
  void on_writer_gone(const Error&) override { gone = true; }
  int writable = 0;
  bool gone = false;
};

class BodyPipeTest : public ::testing::Test {
 protected:
  void make(BodyLength length) {
    pipe =
        std::make_shared<BodyPipe>(loop, length, ErrorCode::kOriginClosed, [this] { ++changes; });
    pipe->writer().set_observer(&observer);
  }
  void read() {
    pipe->reader().set_receiver(&collector);
    pipe->reader().resume();
  }

  EventLoop loop;
  Collector collector;
  WriterObserver observer;
  int changes = 0;
  std::shared_ptr<BodyPipe> pipe;
};

TEST_F(BodyPipeTest, CarriesABodyToItsEnd) {
  make(BodyLength::known(6));
  EXPECT_TRUE(pipe->writer().write("abc"));
  EXPECT_TRUE(pipe->writer().write("def"));
  pipe->writer().end();
  run_turns(loop);
  EXPECT_EQ(pipe->state(), State::kComplete);
  EXPECT_FALSE(pipe->over()) << "nobody has read it";
  read();
  EXPECT_EQ(collector.body, "") << "not within a call";
  run_turns(loop);
  EXPECT_EQ(collector.body, "abcdef");
  EXPECT_TRUE(collector.ended);
  EXPECT_TRUE(pipe->over());
  EXPECT_EQ(pipe->bytes(), 6u);
}

TEST_F(BodyPipeTest, HoldsLittleMoreThanItsMark) {
  make(BodyLength::unknown());
  EXPECT_FALSE(pipe->writer().write(std::string(BodyPipe::kHighWater_bytes, 'x')));
  run_turns(loop);
  EXPECT_EQ(observer.writable, 0);
  read();
  run_turns(loop);
  EXPECT_EQ(observer.writable, 1);
  EXPECT_EQ(collector.body.size(), BodyPipe::kHighWater_bytes);
}

TEST_F(BodyPipeTest, AWrongLengthBreaksIt) {
  for (const std::string_view written : {"ab", "abcd"}) {
    make(BodyLength::known(3));
    collector.failed = false;
    pipe->writer().write(written);
    pipe->writer().end();
    read();
    run_turns(loop);
    EXPECT_TRUE(collector.failed);
    EXPECT_EQ(collector.error.code, ErrorCode::kOriginClosed);
    EXPECT_EQ(pipe->state(), State::kBroken);
  }
}

TEST_F(BodyPipeTest, WhatIsBrokenOffFailsAfterItsBytes) {
  make(BodyLength::unknown());
  pipe->writer().write("part");
  pipe->writer().abort();
  read();
  run_turns(loop);
  EXPECT_EQ(collector.body, "part");
  EXPECT_TRUE(collector.failed);
}

TEST_F(BodyPipeTest, TheWriterHearsThatNobodyReads) {
  make(BodyLength::unknown());
  pipe->writer().write("part");
  pipe->reader().discard();
  EXPECT_FALSE(observer.gone) << "not within a call";
  run_turns(loop);
  EXPECT_TRUE(observer.gone);
  EXPECT_TRUE(pipe->over());
  EXPECT_TRUE(pipe->writer().write("more"));
}

TEST_F(BodyPipeTest, TheOwnerHearsThatAReaderLeft) {
  make(BodyLength::unknown());
  read();
  run_turns(loop);
  changes = 0;
  pipe->reader().set_receiver(nullptr);
  EXPECT_EQ(changes, 0) << "not within a call";
  run_turns(loop);
  EXPECT_GT(changes, 0);
  EXPECT_FALSE(pipe->has_receiver());
}

TEST_F(BodyPipeTest, APausedReaderGetsNothing) {
  make(BodyLength::unknown());
  read();
  pipe->reader().pause();
  pipe->writer().write("abc");
  run_turns(loop);
  EXPECT_EQ(collector.body, "");
  pipe->reader().resume();
  run_turns(loop);
  EXPECT_EQ(collector.body, "abc");
}

TEST_F(BodyPipeTest, SwallowsWhatHasNoBody) {
  make(BodyLength::none());
  pipe->swallow();
  EXPECT_TRUE(pipe->writer().write("the body of a GET"));
  pipe->writer().end();
  run_turns(loop);
  EXPECT_EQ(pipe->state(), State::kComplete);
  EXPECT_TRUE(pipe->over());
}

TEST_F(BodyPipeTest, GivingUpTellsBothEndsAtOnce) {
  make(BodyLength::unknown());
  read();
  pipe->writer().write("part");
  pipe->give_up({ErrorCode::kClientGone, "it left"});
  EXPECT_EQ(collector.error.code, ErrorCode::kClientGone);
  EXPECT_TRUE(observer.gone);
  changes = 0;
  run_turns(loop);
  EXPECT_EQ(changes, 0);
}

TEST_F(BodyPipeTest, BothEndsHearThatItIsGone) {
  make(BodyLength::unknown());
  read();
  pipe.reset();
  EXPECT_TRUE(collector.failed);
  EXPECT_TRUE(observer.gone);
}

}  // namespace
}  // namespace brink::http::test
