#include "core/supervise/script_log.h"

#include <gmock/gmock.h>

#include <string>

namespace brink::supervise {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// What `use` writes to standard error.
template <class Use>
std::string written(std::uint64_t bytes_per_second, Use use) {
  ::testing::internal::CaptureStderr();
  {
    EventLoop loop;
    Log log(LogLevel::kInfo);
    ScriptLog script_log(loop, log, bytes_per_second);
    use(script_log, loop);
  }
  return ::testing::internal::GetCapturedStderr();
}

TEST(ScriptLog, WritesUpToTheLimitOfEachSecond) {
  const std::string text = written(10, [](ScriptLog& log, EventLoop&) {
    log.write(5'000, LogLevel::kInfo, "1", "12345");
    log.write(5'000, LogLevel::kInfo, "2", "54321");
    log.write(5'999, LogLevel::kInfo, "1", "x");
    log.write(5'999, LogLevel::kInfo, "1", "x");
    log.write(6'000, LogLevel::kInfo, "1", "next second");
    log.write(6'000, LogLevel::kInfo, "1", "short");
    log.write(7'100, LogLevel::kInfo, "1", "third");
  });
  EXPECT_THAT(text, HasSubstr("text=12345"));
  EXPECT_THAT(text, HasSubstr("text=54321"));
  EXPECT_THAT(text, Not(HasSubstr("text=x")));
  EXPECT_THAT(text, Not(HasSubstr("next second"))) << "a line of 11 bytes";
  EXPECT_THAT(text, Not(HasSubstr("short"))) << "what follows is dropped too";
  EXPECT_THAT(text, HasSubstr("text=third"));
}

TEST(ScriptLog, TellsASecondLaterWhatItDroppedThoughNothingFollows) {
  written(0, [](ScriptLog& log, EventLoop& loop) {
    for (int i = 0; i < 3; ++i) log.write(1'000, LogLevel::kInfo, "1", "x");
    Timer end(loop, [&loop] { loop.stop(); });
    end.start(1'200);
    loop.run();
    const std::string text = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(text, HasSubstr("console output was dropped error=BRINK_LOG_LIMIT lines=3 "
                                "limit_bytes_per_second=0"));
    ::testing::internal::CaptureStderr();
  });
}

TEST(ScriptLog, TellsAtTheEndWhatItDropped) {
  const std::string text =
      written(0, [](ScriptLog& log, EventLoop&) { log.write(1'000, LogLevel::kInfo, "1", "x"); });
  EXPECT_THAT(text, HasSubstr("lines=1"));
}

TEST(ScriptLog, LinesBelowTheLevelDoNotCount) {
  const std::string text = written(1, [](ScriptLog& log, EventLoop&) {
    log.write(1'000, LogLevel::kDebug, "1", "debug");
    log.write(1'000, LogLevel::kInfo, "1", "i");
  });
  EXPECT_THAT(text, HasSubstr("text=i"));
}

}  // namespace
}  // namespace brink::supervise
