#include "core/ipc/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "core/ipc/messages.h"

namespace brink::ipc {
namespace {

// A channel within one process: the ring from worker to front.
class ChannelTest : public ::testing::Test {
 protected:
  ChannelTest()
      : memfd_(take(ChannelMemory::create())),
        memory_(take(ChannelMemory::map(memfd_.get()))),
        reader_event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        writer_event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        control_(memory_.control().to_front),
        producer_(control_, memory_.to_front_ring(), reader_event_.get()),
        consumer_(control_, memory_.to_front_ring(), writer_event_.get()) {}

  template <class T>
  static T take(Result<T> result) {
    EXPECT_TRUE(result) << result.error().message;
    return std::move(*result);
  }
  static bool send(RingProducer& producer, std::uint32_t id, std::string_view text) {
    return producer.send(id, Log{LogLevel::kInfo, text});
  }
  static bool was_woken(const Fd& event) {
    std::uint64_t count = 0;
    return ::read(event.get(), &count, sizeof count) == sizeof count;
  }
  static void sleep_on(const Fd& event) {
    pollfd poll{event.get(), POLLIN, 0};
    EXPECT_GT(::poll(&poll, 1, 20'000), 0) << "nobody woke this side";
    was_woken(event);
  }
  /// Takes one message and checks it.
  static void expect_text(RingConsumer& consumer, std::uint32_t id, std::string_view text) {
    Frame frame;
    ASSERT_TRUE(consumer.peek(frame));
    EXPECT_EQ(frame.header.type, static_cast<std::uint16_t>(MessageType::kLog));
    EXPECT_EQ(frame.header.id, id);
    HeaderScratch scratch;
    Log log;
    ASSERT_TRUE(decode(frame.payload, scratch, log));
    EXPECT_EQ(log.text, text);
    consumer.pop(frame);
  }

  Fd memfd_;
  ChannelMemory memory_;
  Fd reader_event_;
  Fd writer_event_;
  RingControl& control_;
  RingProducer producer_;
  RingConsumer consumer_;
};

TEST_F(ChannelTest, MessagesArriveInOrder) {
  Frame frame;
  EXPECT_FALSE(consumer_.peek(frame));
  ASSERT_TRUE(send(producer_, 1, "one"));
  ASSERT_TRUE(send(producer_, 2, ""));
  ASSERT_TRUE(producer_.send(3, Shutdown{}));
  expect_text(consumer_, 1, "one");
  expect_text(consumer_, 2, "");
  ASSERT_TRUE(consumer_.peek(frame));
  EXPECT_TRUE(frame.payload.empty());
  consumer_.pop(frame);
  EXPECT_FALSE(consumer_.peek(frame));
  EXPECT_FALSE(consumer_.broken());
}

TEST_F(ChannelTest, FramesThatWrapAroundStayWhole) {
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const std::string text(1 + (i * 7919) % 5000, static_cast<char>('a' + i % 26));
    ASSERT_TRUE(send(producer_, i, text)) << i;
    expect_text(consumer_, i, text);
  }
  EXPECT_GT(control_.head.load(), 4 * kRingCapacity_bytes);
}

TEST_F(ChannelTest, AFullRingRefusesUntilItIsRead) {
  const std::string text(1000, 'x');
  std::uint32_t sent = 0;
  while (send(producer_, sent, text)) ++sent;
  EXPECT_GT(sent * 1000, kRingCapacity_bytes * 9 / 10);
  EXPECT_LE(control_.head.load() - control_.tail.load(), kRingCapacity_bytes);
  EXPECT_FALSE(producer_.send_encoded(MessageType::kLog, 0, std::vector<std::byte>(1005)));
  EXPECT_FALSE(producer_.broken());
  for (std::uint32_t i = 0; i < sent; ++i) expect_text(consumer_, i, text);
  EXPECT_TRUE(send(producer_, 0, text));
}

TEST_F(ChannelTest, TheLargestPayloadFitsAndALargerOneIsRefused) {
  const std::string largest(kMaxPayload_bytes - 5,
                            'x');  // a Log's level and length take five bytes
  EXPECT_FALSE(send(producer_, 1, largest + "x"));
  ASSERT_TRUE(send(producer_, 1, largest));
  expect_text(consumer_, 1, largest);
}

TEST_F(ChannelTest, AnEncodedMessageArrivesAsIfItWereSent) {
  std::vector<std::byte> bytes(64);
  Encoder encoder(bytes);
  Log{LogLevel::kInfo, "later"}.fields(encoder);
  ASSERT_TRUE(producer_.send_encoded(MessageType::kLog, 5, std::span(bytes).first(encoder.size())));
  expect_text(consumer_, 5, "later");
}

TEST_F(ChannelTest, AHostileWritersPositionBreaksTheRing) {
  for (const std::uint64_t head : {std::uint64_t{8}, std::uint64_t{kRingCapacity_bytes + 1},
                                   ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
    RingConsumer consumer(control_, memory_.to_front_ring(), writer_event_.get());
    control_.head.store(head);
    Frame frame;
    EXPECT_FALSE(consumer.peek(frame)) << head;
    EXPECT_TRUE(consumer.broken()) << head;
    EXPECT_FALSE(consumer.prepare_sleep()) << head;
    control_.head.store(64);
    EXPECT_FALSE(consumer.peek(frame)) << "once broken, always broken";
  }
}

TEST_F(ChannelTest, AHostilePayloadLengthBreaksTheRing) {
  for (const std::uint32_t length :
       {0xffffffffu, static_cast<std::uint32_t>(kMaxPayload_bytes + 1), 4096u, 49u}) {
    RingConsumer consumer(control_, memory_.to_front_ring(), writer_event_.get());
    const FrameHeader header{length, static_cast<std::uint16_t>(MessageType::kLog), 0, 1, 0};
    std::memcpy(memory_.to_front_ring(), &header, sizeof header);
    control_.head.store(64);  // a frame of at most 48 bytes
    Frame frame;
    EXPECT_FALSE(consumer.peek(frame)) << length;
    EXPECT_TRUE(consumer.broken()) << length;
  }
}

TEST_F(ChannelTest, APositionThatMovesBackBreaksTheReader) {
  ASSERT_TRUE(send(producer_, 1, "one"));
  expect_text(consumer_, 1, "one");
  control_.head.store(0);
  Frame frame;
  EXPECT_FALSE(consumer_.peek(frame));
  EXPECT_TRUE(consumer_.broken());
}

TEST_F(ChannelTest, AHostileReadersPositionBreaksTheWriter) {
  const std::string text(1000, 'x');
  for (const bool ahead : {true, false}) {
    control_.head.store(0);
    control_.tail.store(0);
    RingProducer producer(control_, memory_.to_front_ring(), reader_event_.get());
    for (int i = 0; i < 150; ++i) ASSERT_TRUE(send(producer, 1, text));
    control_.tail.store(ahead ? control_.head.load() + 8 : 1000);
    ASSERT_EQ(send(producer, 1, text), !ahead);
    if (!ahead) {
      control_.tail.store(0);  // back from 1000
      ASSERT_FALSE(send(producer, 1, text));
    }
    EXPECT_TRUE(producer.broken());
    EXPECT_FALSE(send(producer, 1, "never"));
  }
}

TEST_F(ChannelTest, OnlyASleepingReaderIsWoken) {
  ASSERT_TRUE(send(producer_, 1, "one"));
  producer_.wake();
  EXPECT_FALSE(was_woken(reader_event_));
  EXPECT_FALSE(consumer_.prepare_sleep()) << "there is something to read";
  expect_text(consumer_, 1, "one");
  EXPECT_TRUE(consumer_.prepare_sleep());
  producer_.wake();
  EXPECT_FALSE(was_woken(reader_event_)) << "nothing was sent";
  ASSERT_TRUE(send(producer_, 2, "two"));
  producer_.wake();
  EXPECT_TRUE(was_woken(reader_event_));
  producer_.wake();
  EXPECT_FALSE(was_woken(reader_event_));
}

TEST_F(ChannelTest, AWriterThatWaitsForRoomIsWokenOnceTheRingIsEmpty) {
  const std::string text(1000, 'x');
  std::uint32_t sent = 0;
  while (send(producer_, sent, text)) ++sent;
  producer_.expect_room();
  for (std::uint32_t i = 0; i < sent; ++i) expect_text(consumer_, i, text);
  EXPECT_TRUE(consumer_.prepare_sleep());
  EXPECT_TRUE(was_woken(writer_event_));
  consumer_.awake();
  EXPECT_TRUE(consumer_.prepare_sleep());
  EXPECT_FALSE(was_woken(writer_event_)) << "only once";
}

TEST_F(ChannelTest, TwoThreadsNeverLoseAWakeUp) {
  constexpr std::uint32_t kMessages = 200'000;
  std::thread writer([&] {
    const std::string text(300, 'y');
    for (std::uint32_t i = 0; i < kMessages;) {
      const std::string_view part = std::string_view(text).substr(0, i % 300);
      if (send(producer_, i, part)) {
        if (++i % 7 == 0) producer_.wake();
        continue;
      }
      producer_.expect_room();
      producer_.wake();
      if (send(producer_, i, part)) {  // room came in between
        ++i;
        continue;
      }
      sleep_on(writer_event_);
    }
    producer_.wake();
  });
  std::uint32_t seen = 0;
  while (seen < kMessages && !::testing::Test::HasFailure()) {
    Frame frame;
    while (consumer_.peek(frame)) {
      HeaderScratch scratch;
      Log log;
      ASSERT_EQ(frame.header.id, seen);
      if (seen % 1000 == 0) {
        ASSERT_TRUE(decode(frame.payload, scratch, log));
        ASSERT_EQ(log.text.size(), seen % 300);
      }
      consumer_.pop(frame);
      ++seen;
    }
    ASSERT_FALSE(consumer_.broken());
    if (seen < kMessages && consumer_.prepare_sleep()) {
      sleep_on(reader_event_);
      consumer_.awake();
    }
  }
  writer.join();
  EXPECT_EQ(seen, kMessages);
}

TEST(ChannelMemory, CannotBeMadeSmallerUnderTheOtherSide) {
  const Result<Fd> memfd = ChannelMemory::create();
  ASSERT_TRUE(memfd);
  EXPECT_NE(::ftruncate(memfd->get(), 0), 0);
  EXPECT_NE(::fcntl(memfd->get(), F_ADD_SEALS, F_SEAL_WRITE), 0);
  EXPECT_FALSE(ChannelMemory::map(-1));
}

TEST(ChannelMemory, BothMappingsSeeTheSameBytes) {
  const Result<Fd> memfd = ChannelMemory::create();
  ASSERT_TRUE(memfd);
  const Result<ChannelMemory> one = ChannelMemory::map(memfd->get());
  const Result<ChannelMemory> two = ChannelMemory::map(memfd->get());
  ASSERT_TRUE(one && two);
  one->to_worker_ring()[kRingCapacity_bytes + 5] = std::byte{42};
  EXPECT_EQ(one->to_worker_ring()[5], std::byte{42}) << "mapped twice in a row";
  EXPECT_EQ(two->to_worker_ring()[5], std::byte{42});
  EXPECT_EQ(two->to_front_ring()[5], std::byte{0});
}

}  // namespace
}  // namespace brink::ipc
