#include "bench/load/response_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace brink::load {
namespace {

using Status = ResponseReader::Status;

// Reads the text in pieces of `step` bytes, up to the answer's end.
Status read_all(ResponseReader& reader, std::string_view text, std::size_t step,
                std::size_t* consumed_in_all = nullptr) {
  std::size_t total = 0;
  Status status = Status::kNeedMore;
  while (total < text.size() && status == Status::kNeedMore) {
    std::size_t consumed = 0;
    status = reader.read(text.substr(total, step), consumed);
    total += consumed;
  }
  if (consumed_in_all != nullptr) *consumed_in_all = total;
  return status;
}

TEST(ResponseReaderTest, FindsTheEndHoweverTheBytesCome) {
  const std::string length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  const std::string chunked =
      "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + length;
  for (std::size_t step = 1; step < 80; ++step) {
    ResponseReader reader;  // one after the other, as on a connection
    for (const auto& [text, status] : {std::pair(length, 200), {chunked, 404}, {interim, 200}}) {
      reader.start(false);
      EXPECT_FALSE(reader.begun());
      std::size_t consumed = 0;
      ASSERT_EQ(read_all(reader, text, step, &consumed), Status::kDone) << text << step;
      EXPECT_EQ(consumed, text.size());
      EXPECT_EQ(reader.status(), status);
      EXPECT_TRUE(reader.keep_alive());
    }
  }
}

TEST(ResponseReaderTest, AnswersWithoutABody) {
  ResponseReader reader;
  reader.start(true);
  EXPECT_EQ(read_all(reader, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 99), Status::kDone);
  reader.start(false);
  EXPECT_EQ(read_all(reader, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 99),
            Status::kDone);
  reader.start(false);
  EXPECT_EQ(read_all(reader, "HTTP/1.1 204 No Content\r\n\r\n", 99), Status::kDone);
}

TEST(ResponseReaderTest, SaysWhenTheConnectionEndsWithTheAnswer) {
  ResponseReader reader;
  reader.start(false);
  EXPECT_EQ(
      read_all(reader, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 99),
      Status::kDone);
  EXPECT_FALSE(reader.keep_alive());
  reader.start(false);
  EXPECT_EQ(read_all(reader, "HTTP/1.0 200 OK\r\n\r\nuntil the end", 99), Status::kNeedMore);
  EXPECT_EQ(reader.end(), Status::kDone);
  EXPECT_FALSE(reader.keep_alive());
}

TEST(ResponseReaderTest, AnAnswerThatBreaksOffIsAnError) {
  ResponseReader reader;
  reader.start(false);
  EXPECT_EQ(read_all(reader, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", 99),
            Status::kNeedMore);
  EXPECT_EQ(reader.end(), Status::kError);
  reader.start(false);
  EXPECT_EQ(read_all(reader, "HTTP/1.1 200", 99), Status::kNeedMore);
  EXPECT_EQ(reader.end(), Status::kError);
}

TEST(ResponseReaderTest, WhatIsNotHttpIsAnError) {
  ResponseReader reader;
  reader.start(false);
  EXPECT_EQ(read_all(reader, "SSH-2.0-OpenSSH\r\n", 99), Status::kError);
  EXPECT_FALSE(reader.error().empty());
  reader.start(false);  // and the next answer is none the worse
  EXPECT_EQ(read_all(reader, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 99), Status::kDone);
}

TEST(ResponseReaderTest, LeavesWhatFollowsTheAnswer) {
  ResponseReader reader;
  reader.start(false);
  std::size_t consumed = 0;
  EXPECT_EQ(reader.read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore", consumed),
            Status::kDone);
  EXPECT_EQ(consumed, 38U);
}

}  // namespace
}  // namespace brink::load
