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
  EXPECT_THAT(line, HasSubstr(" error a\\nb\\x1b[2J{}%s path=\"x\\\" y=1\\x0d\\n\\u009b ü\""));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_THAT(line, HasSubstr("ü"));
}

TEST(Log, EscapesEverythingThatSomeReaderTakesForAnEndOfLine) {
  Log log(LogLevel::kInfo);
  ::testing::internal::CaptureStderr();
  log.error("m", {{"a", "x\xe2\x80\xa8y\xe2\x80\xa9z\xc2\x85w\x0b\x0c\r"},
                  {"b", "\xe2\x80\xaex\xe2\x81\xa6"},
                  {"c", "\x85\xff\xe2\x80"}});
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("a=\"x\\u2028y\\u2029z\\u0085w\\x0b\\x0c\\x0d\" b=\\u202ex\\u2066 "
                        "c=\\x85\\xff\\xe2\\x80\n"));
}

TEST(Log, LinesBelowAnEventAreIndentedWhateverTheyHold) {
  Log log = Log(LogLevel::kInfo).with_app("shop");
  ::testing::internal::CaptureStderr();
  log.write(LogLevel::kError, "script failed", {{"request", "7"}},
            "Error: x\n    at f (a.js:1:2)\n\n2026-01-31T12:00:00.000Z info forged\x1b[2J\r\n\n");
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("error script failed request=7 app=shop\n    Error: x\n"
                              "    at f (a.js:1:2)\n    \n"
                              "    2026-01-31T12:00:00.000Z info forged\\x1b[2J\\x0d\n"));
  EXPECT_TRUE(text.ends_with("\\x0d\n"));
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
