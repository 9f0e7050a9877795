#include "core/observe/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Log, AnAppsLinesNameIt) {
  const Log log(LogLevel::kWarn);
  ::testing::internal::CaptureStderr();
  Log shop = log.with_app("shop");
  Log none = log.with_app("");
  shop.warn("worker ended", {{"pid", 7}});
  shop.info("not written");
  none.warn("spare ended");
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("warn worker ended pid=7 app=shop\n"));
  EXPECT_THAT(text, HasSubstr("warn spare ended\n"));
  EXPECT_THAT(text, Not(HasSubstr("not written")));
}

TEST(Log, WritesOneLineWithFields) {
  Log log(LogLevel::kInfo);
  ::testing::internal::CaptureStderr();
  log.warn("worker ended",
           {{"pid", 12}, {"error", "BRINK_CPU_LIMIT"}, {"text", "two words"}, {"none", ""}});
  const std::string line = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(line, ContainsRegex("^[0-9-]+T[0-9:]+\\.[0-9][0-9][0-9]Z warn worker ended pid=12 "
                                  "error=BRINK_CPU_LIMIT text=\"two words\" none=\"\"\n$"));
}

TEST(Log, HostileTextCannotForgeALineOrDriveATerminal) {
  Log log(LogLevel::kInfo);
  ::testing::internal::CaptureStderr();
  log.error("a\nb\x1b[2J{}%s", {{"path", "x\" y=1\r\n\xc2\x9b ü"}});
  const std::string line = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(line, HasSubstr(" error a\\nb\\x1b[2J{}%s path=\"x\\\" y=1\\x0d\\n? ü\""));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_THAT(line, HasSubstr("ü"));
}

TEST(Log, DropsWhatIsBelowItsLevel) {
  Log log(LogLevel::kWarn);
  ::testing::internal::CaptureStderr();
  log.info("not this");
  log.set_level(LogLevel::kDebug);
  log.debug("but this");
  const std::string lines = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(lines, HasSubstr("debug but this\n"));
  EXPECT_THAT(lines, ::testing::Not(HasSubstr("not this")));
}

TEST(Log, AValueCannotSwallowItsClosingQuote) {
  Log log(LogLevel::kInfo);
  ::testing::internal::CaptureStderr();
  log.info("line", {{"path", "a \\"}, {"status", 7}});
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("path=\"a \\\\\" status=7\n"));
}

}  // namespace
}  // namespace brink
