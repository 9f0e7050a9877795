#include "core/observe/access_log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

namespace brink {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class AccessLogTest : public ::testing::Test {
 protected:
  AccessLogTest() : path_(::testing::TempDir() + "access-" + std::to_string(::getpid()) + ".log") {}
  ~AccessLogTest() override { std::remove(path_.c_str()); }

  static AccessRecord record() {
    return {.time_us = 1'769'860'800'123'456,  // 2026-01-31T12:00:00.123Z
            .client = "192.0.2.1",
            .method = "GET",
            .host = "example.com",
            .target = "/a?b=1",
            .status = 200,
            .sent_bytes = 12,
            .duration_us = 1'234'007,
            .source = ResponseSource::kOrigin};
  }

  std::string path_;
};

TEST_F(AccessLogTest, OneLineIsOneJsonObject) {
  auto log = AccessLog::open(path_);
  ASSERT_TRUE(log) << log.error().message;
  AccessRecord full = record();
  full.cpu_us = 85;
  full.error = ErrorCode::kCpuLimit;
  full.request_id = "r-1";
  full.app = "shop";
  (*log)->write(record());
  (*log)->write(full);
  (*log)->flush();
  EXPECT_EQ(
      read_file(path_),
      R"({"time":"2026-01-31T12:00:00.123Z","client":"192.0.2.1","method":"GET","host":"example.com",)"
      R"("path":"/a?b=1","status":200,"bytes":12,"duration_ms":1234.007,"upstream":"origin"})"
      "\n"
      R"({"time":"2026-01-31T12:00:00.123Z","client":"192.0.2.1","method":"GET","host":"example.com",)"
      R"("path":"/a?b=1","status":200,"bytes":12,"duration_ms":1234.007,"upstream":"origin",)"
      R"("cpu_us":85,"error":"BRINK_CPU_LIMIT","id":"r-1","app":"shop"})"
      "\n");
}

TEST_F(AccessLogTest, ShowsWhatTheOriginWasAskedForWhereItDiffers) {
  auto log = AccessLog::open(path_);
  ASSERT_TRUE(log);
  AccessRecord moved = record();
  moved.sent_target = "/\"b";
  (*log)->write(moved);
  (*log)->flush();
  EXPECT_THAT(read_file(path_), HasSubstr(R"("path":"/a?b=1","sent_path":"/\"b","status":200)"));
}

TEST_F(AccessLogTest, HostileBytesStayInsideTheirString) {
  auto log = AccessLog::open(path_);
  ASSERT_TRUE(log);
  AccessRecord hostile = record();
  hostile.target = "/\"},{\"x\\\n\x1b[2J\xff";
  (*log)->write(hostile);
  (*log)->flush();
  EXPECT_THAT(read_file(path_), HasSubstr(R"("path":"/\"},{\"x\\\u000a\u001b[2J\u00ff","status")"));
}

TEST_F(AccessLogTest, LongTargetsAreCut) {
  auto log = AccessLog::open(path_);
  ASSERT_TRUE(log);
  const std::string target(100'000, '\x01');
  AccessRecord hostile = record();
  hostile.target = target;
  for (int i = 0; i < 20; ++i) (*log)->write(hostile);
  (*log)->flush();
  EXPECT_THAT(read_file(path_), HasSubstr("\\u0001...\",\"status\""));
  EXPECT_EQ((*log)->dropped_lines(), 0u);
}

TEST_F(AccessLogTest, ReopenFollowsARotatedFile) {
  auto log = AccessLog::open(path_);
  ASSERT_TRUE(log);
  (*log)->write(record());
  const std::string rotated = path_ + ".1";
  ASSERT_EQ(std::rename(path_.c_str(), rotated.c_str()), 0);
  ASSERT_TRUE((*log)->reopen());
  EXPECT_THAT(read_file(rotated), EndsWith("}\n"));  // what was buffered belongs to the old file
  EXPECT_EQ(read_file(path_), "");
  (*log)->write(record());
  (*log)->flush();
  EXPECT_THAT(read_file(path_), EndsWith("}\n"));
  std::remove(rotated.c_str());
}

TEST_F(AccessLogTest, AFullBufferIsHandedOnByItself) {
  auto log = AccessLog::open(path_);
  ASSERT_TRUE(log);
  for (int i = 0; i < 1000; ++i) (*log)->write(record());
  EXPECT_GT(read_file(path_).size(), 64u * 1024u);
}

TEST_F(AccessLogTest, OffWritesNothing) {
  auto log = AccessLog::open("off");
  ASSERT_TRUE(log);
  EXPECT_FALSE((*log)->enabled());
  (*log)->write(record());
  (*log)->flush();
}

TEST_F(AccessLogTest, AFolderThatDoesNotExistIsSaid) {
  auto log = AccessLog::open("/does/not/exist/access.log");
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::kSystem);
  EXPECT_EQ(log.error().message,
            "access log /does/not/exist/access.log: No such file or directory");
}

TEST_F(AccessLogTest, ASlowReaderLosesLinesAndIsTold) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int saved = ::dup(STDOUT_FILENO);
  std::fflush(stdout);
  ASSERT_GE(::dup2(ends[1], STDOUT_FILENO), 0);
  auto log = AccessLog::open("-");
  if (log) {
    for (int i = 0; i < 5000; ++i) (*log)->write(record());  // about 800 KiB; nobody reads
  }
  ::dup2(saved, STDOUT_FILENO);
  ::close(saved);
  ASSERT_TRUE(log);
  EXPECT_GT((*log)->dropped_lines(), 0u);

  // The pipe itself must still block for others.
  EXPECT_EQ(::fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
  ASSERT_EQ(::fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
  std::string seen;
  const auto drain = [&] {
    char piece[65536];
    for (ssize_t n = 0; (n = ::read(ends[0], piece, sizeof piece)) > 0;)
      seen.append(piece, static_cast<std::size_t>(n));
  };
  for (int i = 0; i < 10; ++i) drain(), (*log)->flush();
  (*log)->write(record());
  (*log)->flush();
  drain();
  EXPECT_THAT(seen, HasSubstr("\"dropped\":" + std::to_string((*log)->dropped_lines()) + "}\n"));
  ::close(ends[0]);
  ::close(ends[1]);
}

// Writers of one pipe: what one hands over at once is whole lines, and never mixed with another's.
TEST_F(AccessLogTest, OneOfSeveralWritersGivesAPipeWholeLinesInPieces) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const int reader = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  auto log = AccessLog::open(path_, AccessLog::Writers::kSeveral);
  ASSERT_TRUE(log) << log.error().message;
  const std::string longest(4096, '\x01');
  AccessRecord record = this->record();
  std::size_t expected = 0;
  for (int i = 0; i < 40; ++i, ++expected) {
    record.target = i % 10 == 9 ? std::string_view(longest) : "/short";
    (*log)->write(record);
  }
  record.client = record.method = record.host = record.request_id = record.app = longest;
  (*log)->write(record), ++expected;
  (*log)->flush();
  std::string text(256 * 1024, '\0');
  text.resize(static_cast<std::size_t>(::read(reader, text.data(), text.size())));
  ::close(reader);
  std::size_t lines = 0;
  for (std::size_t begin = 0; begin < text.size(); ++lines) {
    const std::size_t end = text.find('\n', begin);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end + 1 - begin, static_cast<std::size_t>(PIPE_BUF));
    EXPECT_EQ(text[begin], '{');
    EXPECT_EQ(text[end - 1], '}');
    begin = end + 1;
  }
  EXPECT_EQ(lines, expected);
}

TEST_F(AccessLogTest, LinesThatTheSystemRefusesAreCounted) {
  ASSERT_EQ(::symlink("/dev/full", path_.c_str()), 0);
  auto log = AccessLog::open(path_);
  ASSERT_TRUE(log) << log.error().message;
  for (int i = 0; i < 5; ++i) (*log)->write(record());
  (*log)->flush();
  EXPECT_EQ((*log)->dropped_lines(), 5u);
  std::remove(path_.c_str());
  ASSERT_TRUE((*log)->reopen());
  (*log)->write(record());
  (*log)->flush();
  EXPECT_THAT(read_file(path_), HasSubstr("\"dropped\":5}"));
}

}  // namespace
}  // namespace brink
