#include "core/proxy/failure_log.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

namespace brink::proxy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const RequestLabel kLabel{.id = "7f", .method = "GET", .host = "a.test", .target = "/x?y"};

/// What `use` writes to standard error.
template <class Use>
std::string written(std::uint64_t bytes_per_second, Use use) {
  ::testing::internal::CaptureStderr();
  {
    Log log(LogLevel::kInfo);
    FailureLog failures(log, bytes_per_second);
    use(failures);
  }
  return ::testing::internal::GetCapturedStderr();
}

TEST(FailureLog, NamesTheRequestAndTheReason) {
  const std::string text = written(1 << 20, [](FailureLog& log) {
    log.write(1, "script failed", kLabel, {ErrorCode::kScriptError, "Error: x"},
              "Error: x\n    at f (a.js:1:2)");
  });
  EXPECT_THAT(text, HasSubstr("error script failed request=7f method=GET host=a.test "
                              "path=/x?y error=BRINK_SCRIPT_ERROR message=\"Error: x\"\n"
                              "    Error: x\n    at f (a.js:1:2)\n"));
}

TEST(FailureLog, WhatTheClientDidIsNotAFailure) {
  const std::string text = written(1 << 20, [](FailureLog& log) {
    log.write(1, "request failed", kLabel, {ErrorCode::kNotFound, "x"});
    log.write(1, "request failed", kLabel, {ErrorCode::kClientGone, "x"});
    log.write(1, "request failed", kLabel, {ErrorCode::kFetchForbidden, "10.0.0.1"});
  });
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_THAT(text, HasSubstr("10.0.0.1"));
}

TEST(FailureLog, LongAndHostilePartsAreCutAndEscaped) {
  const std::string target = "/\n2026-01-01T00:00:00.000Z info forged" + std::string(4000, 'x');
  const std::string text = written(1 << 20, [&](FailureLog& log) {
    log.write(1, "request failed", {.id = "7f", .method = "GET", .host = "a", .target = target},
              {ErrorCode::kOriginClosed, std::string(100'000, 'm')});
  });
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_LT(text.size(), 10'000u);
}

TEST(FailureLog, IsBoundedWithinASecond) {
  const std::string text = written(400, [](FailureLog& log) {
    for (int i = 0; i < 10; ++i)
      log.write(1'000, "request failed", kLabel, {ErrorCode::kOriginClosed, "m"});
    log.write(2'500, "request failed", kLabel, {ErrorCode::kOriginClosed, "later"});
  });
  EXPECT_THAT(text, HasSubstr("lines about failed requests were dropped lines=8"));
  EXPECT_THAT(text, HasSubstr("message=later"));
  EXPECT_THAT(text, Not(HasSubstr("lines=0")));
}

}  // namespace
}  // namespace brink::proxy
