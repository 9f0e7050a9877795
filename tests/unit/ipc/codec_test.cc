#include "core/ipc/codec.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/ipc/messages.h"
#include "tests/unit/ipc/messages.h"

namespace brink::ipc {
namespace {

TEST(Codec, EveryMessageComesBackAsItWas) {
  for_each_message([](const auto& message) {
    const std::vector<std::byte> bytes = encode(message);
    HeaderScratch scratch;
    std::remove_cvref_t<decltype(message)> decoded;
    ASSERT_TRUE(decode(bytes, scratch, decoded)) << static_cast<int>(message.kType);
    EXPECT_EQ(encode(decoded), bytes) << static_cast<int>(message.kType);
  });
}

TEST(Codec, FieldsKeepTheirValues) {
  const std::vector<std::byte> bytes = encode(
      Request{3, Request::Body::kWhole, "POST", "http://a/", "::1", {}, example_headers(), "body"});
  HeaderScratch scratch;
  Request request;
  ASSERT_TRUE(decode(bytes, scratch, request));
  EXPECT_EQ(request.entry, 3);
  EXPECT_EQ(request.body_kind, Request::Body::kWhole);
  EXPECT_EQ(request.body, "body");
  EXPECT_EQ(request.method, "POST");
  EXPECT_TRUE(request.params.empty());
  ASSERT_EQ(request.headers.size(), 3u);
  EXPECT_EQ(request.headers[2].name, "set-cookie");
  EXPECT_EQ(request.headers[2].value, "a=1");
}

TEST(Codec, EveryMessageTypeIsTestedAndDistinct) {
  std::set<MessageType> types;
  std::size_t messages = 0;
  for_each_message([&](const auto& message) { types.insert(message.kType), ++messages; });
  EXPECT_EQ(types.size(), messages);
  const auto to_worker = static_cast<std::size_t>(MessageType::kShutdown);
  const auto to_front = static_cast<std::size_t>(MessageType::kRequestDone) -
                        static_cast<std::size_t>(MessageType::kWorkerReady) + 1;
  EXPECT_EQ(messages, to_worker + to_front);
}

TEST(Codec, ATruncatedMessageNeverDecodes) {
  for_each_message([](const auto& message) {
    const std::vector<std::byte> bytes = encode(message);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::vector<std::byte> part(bytes.begin(),
                                        bytes.begin() + static_cast<std::ptrdiff_t>(size));
      HeaderScratch scratch;
      std::remove_cvref_t<decltype(message)> decoded;
      EXPECT_FALSE(decode(part, scratch, decoded))
          << static_cast<int>(message.kType) << " cut to " << size;
    }
  });
}

TEST(Codec, BytesThatAreLeftOverAreRefused) {
  for_each_message([](const auto& message) {
    std::vector<std::byte> bytes = encode(message);
    bytes.push_back(std::byte{0});
    HeaderScratch scratch;
    std::remove_cvref_t<decltype(message)> decoded;
    EXPECT_FALSE(decode(bytes, scratch, decoded)) << static_cast<int>(message.kType);
  });
}

// What decodes from corrupted bytes must at least lie within them: encoding it again gives them
// back.
TEST(Codec, CorruptedBytesDecodeToThemselvesOrNotAtAll) {
  std::mt19937 random(1);
  for_each_message([&](const auto& message) {
    const std::vector<std::byte> good = encode(message);
    if (good.empty()) return;
    for (int round = 0; round < 2000; ++round) {
      std::vector<std::byte> bytes = good;
      const auto changes = 1 + random() % 4;
      for (std::size_t i = 0; i < changes; ++i)
        bytes[random() % bytes.size()] = static_cast<std::byte>(random());
      HeaderScratch scratch;
      std::remove_cvref_t<decltype(message)> decoded;
      if (!decode(bytes, scratch, decoded)) continue;
      EXPECT_EQ(encode(decoded), bytes) << static_cast<int>(message.kType);
    }
  });
}

TEST(Codec, EnumerationsBooleansAndCountsAreChecked) {
  HeaderScratch scratch;
  std::vector<std::byte> bytes = encode(Window{StreamKind::kResponseBody, false, 1});
  Window window;
  ASSERT_TRUE(decode(bytes, scratch, window));
  bytes[0] = static_cast<std::byte>(StreamKind::kCount);
  EXPECT_FALSE(decode(bytes, scratch, window));
  bytes[0] = std::byte{0};
  bytes[1] = std::byte{2};  // neither false nor true
  EXPECT_FALSE(decode(bytes, scratch, window));

  std::vector<std::byte> list = encode(AppReady{{}, true});
  const std::uint32_t too_many = kMaxHeaders + 1;
  std::memcpy(list.data(), &too_many, sizeof too_many);
  list.resize(list.size() + 8 * too_many);
  AppReady ready;
  EXPECT_FALSE(decode(list, scratch, ready));
}

TEST(Codec, AHeaderListHasABound) {
  const auto list = [](std::uint32_t count) {
    std::vector<std::byte> bytes(sizeof count);
    std::memcpy(bytes.data(), &count, sizeof count);
    bytes.resize(bytes.size() + 8 * std::size_t{count});  // empty names and values
    bytes.push_back(std::byte{1});                        // matches_every_path
    return bytes;
  };
  HeaderScratch scratch;
  AppReady ready;
  ASSERT_TRUE(decode(list(kMaxHeaders), scratch, ready));
  EXPECT_EQ(ready.matchers.size(), kMaxHeaders);
  EXPECT_FALSE(decode(list(kMaxHeaders + 1), scratch, ready));
}

TEST(Codec, TheEncoderStopsAtItsEndAndAtTooManyHeaders) {
  for_each_message([](auto message) {
    const std::size_t size = encode(message).size();
    for (std::size_t room = 0; room < size; ++room) {
      std::vector<std::byte> bytes(room);
      Encoder encoder(bytes);
      message.fields(encoder);
      EXPECT_FALSE(encoder.ok());
    }
  });
  const std::vector<HeaderField> many(kMaxHeaders + 1, HeaderField{"a", "b"});
  std::vector<std::byte> bytes(64 * 1024);
  Encoder encoder(bytes);
  encoder(HeaderSpan(many));
  EXPECT_FALSE(encoder.ok());
}

// Two full lists fit into the scratch (a Next message has two).
TEST(Codec, TwoFullHeaderListsDecode) {
  const std::vector<HeaderField> full(kMaxHeaders, HeaderField{"name", "value"});
  const std::vector<std::byte> bytes = encode(Next{true, 0, "", full, full});
  ASSERT_FALSE(bytes.empty());
  HeaderScratch scratch;
  Next next;
  ASSERT_TRUE(decode(bytes, scratch, next));
  EXPECT_EQ(next.request_headers.size(), kMaxHeaders);
  EXPECT_EQ(next.request_headers.front().name, "name");
  EXPECT_EQ(next.response_headers.back().value, "value");
}

}  // namespace
}  // namespace brink::ipc
