#include "sandbox/outgoing_streams.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <memory>

namespace brink::sandbox {
namespace {

using ipc::ChunkState;
using ipc::StreamKind;

/// One stream of request 1 and the front's end of the channel.
class Streams : public ::testing::Test {
 protected:
  void SetUp() override {
    const Result<ipc::Fd> memfd = ipc::ChannelMemory::create();
    ASSERT_TRUE(memfd.has_value());
    memory_ = std::move(*ipc::ChannelMemory::map(memfd->get()));
    to_worker_ = ipc::Fd(::eventfd(0, EFD_NONBLOCK));
    to_front_ = ipc::Fd(::eventfd(0, EFD_NONBLOCK));
    outbox_ = std::make_unique<Outbox>(
        ipc::RingProducer(memory_.control().to_front, memory_.to_front_ring(), to_front_.get()),
        to_worker_.get());
    front_ = std::make_unique<ipc::RingConsumer>(memory_.control().to_front,
                                                 memory_.to_front_ring(), to_worker_.get());
    streams_ = std::make_unique<OutgoingStreams>(*outbox_, requests_);
    request_ = requests_.add(1);
    streams_->open(kRef, *request_);
  }

  struct Received {
    std::size_t bytes = 0;
    std::optional<ChunkState> end;
  };
  Received receive() {
    Received received;
    ipc::Frame frame;
    ipc::HeaderScratch scratch;
    while (front_->peek(frame)) {
      ipc::StreamChunk chunk;
      EXPECT_TRUE(ipc::decode(frame.payload, scratch, chunk));
      received.bytes += chunk.bytes.size();
      if (chunk.state != ChunkState::kMore) received.end = chunk.state;
      front_->pop(frame);
    }
    return received;
  }
  std::optional<std::int64_t> grow(std::uint32_t bytes) {
    return streams_->grow(kRef, {.kind = kRef.kind, .added_bytes = bytes});
  }

  static constexpr ipc::StreamRef kRef{StreamKind::kResponseBody, 1};
  ipc::ChannelMemory memory_;
  ipc::Fd to_worker_, to_front_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<ipc::RingConsumer> front_;
  RequestTable requests_;
  std::unique_ptr<OutgoingStreams> streams_;
  RequestState* request_ = nullptr;
};

TEST_F(Streams, SendsWhatTheWindowAllowsAndQueuesTheRest) {
  const std::string bytes(ipc::kInitialWindow_bytes + 1000, 'x');
  EXPECT_EQ(streams_->write(kRef, bytes), -1000);
  EXPECT_EQ(receive().bytes, ipc::kInitialWindow_bytes);
  EXPECT_EQ(grow(400), std::nullopt);
  EXPECT_EQ(receive().bytes, 400U);
  EXPECT_EQ(grow(1000), 400);
  EXPECT_EQ(receive().bytes, 600U);
  EXPECT_EQ(grow(1), std::nullopt) << "nobody waits any more";
}

TEST_F(Streams, EndsAfterWhatIsQueued) {
  streams_->write(kRef, std::string(ipc::kInitialWindow_bytes + 1, 'x'));
  EXPECT_TRUE(streams_->end(kRef, ChunkState::kEnd));
  EXPECT_FALSE(streams_->end(kRef, ChunkState::kEnd));
  EXPECT_EQ(streams_->write(kRef, std::string("x")), std::nullopt);
  EXPECT_EQ(receive().end, std::nullopt);
  EXPECT_EQ(request_->open_streams, 1);
  EXPECT_EQ(grow(1), std::nullopt);
  const Received rest = receive();
  EXPECT_EQ(rest.bytes, 1U);
  EXPECT_EQ(rest.end, ChunkState::kEnd);
  EXPECT_EQ(request_->open_streams, 0);
}

TEST_F(Streams, AnErrorDoesNotWait) {
  streams_->write(kRef, std::string(ipc::kInitialWindow_bytes + 1, 'x'));
  EXPECT_TRUE(streams_->end(kRef, ChunkState::kError));
  EXPECT_EQ(receive().end, ChunkState::kError);
  EXPECT_EQ(request_->open_streams, 0);
}

TEST_F(Streams, ToldThatTheReaderIsGone) {
  EXPECT_EQ(streams_->grow(kRef, {.kind = kRef.kind, .gone = true}), -1);
  EXPECT_EQ(streams_->write(kRef, std::string("x")), -1);
  EXPECT_TRUE(streams_->end(kRef, ChunkState::kEnd));
  const Received nothing = receive();
  EXPECT_EQ(nothing.bytes, 0U);
  EXPECT_EQ(nothing.end, std::nullopt);
  EXPECT_EQ(request_->open_streams, 0);
}

TEST_F(Streams, UnendedOnesAreBroken) {
  constexpr ipc::StreamRef kOther{StreamKind::kFetchRequestBody, 5};
  streams_->open(kOther, *request_);
  streams_->write(kOther, std::string(ipc::kInitialWindow_bytes + 1, 'x'));
  streams_->end(kOther, ChunkState::kEnd);
  receive();
  streams_->abort_unended(1);
  EXPECT_EQ(receive().end, ChunkState::kError);
  EXPECT_FALSE(streams_->is_open(kRef));
  EXPECT_TRUE(streams_->is_open(kOther)) << "it ends when it is sent";
  streams_->abort_all(1);
  EXPECT_FALSE(streams_->is_open(kOther));
}

TEST_F(Streams, UnknownOnesAreRefused) {
  constexpr ipc::StreamRef kUnknown{StreamKind::kResponseBody, 2};
  EXPECT_EQ(streams_->write(kUnknown, std::string("x")), std::nullopt);
  EXPECT_FALSE(streams_->end(kUnknown, ChunkState::kEnd));
  EXPECT_EQ(streams_->grow(kUnknown, {}), std::nullopt);
}

}  // namespace
}  // namespace brink::sandbox
