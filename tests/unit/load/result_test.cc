#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/load/result_json.h"
#include "bench/load/result_text.h"

namespace brink::load {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

BenchOptions options_for(double rate) {
  BenchOptions options;
  options.targets.push_back(
      {.host = "a", .host_header = "a", .path = "/\"", .href = "http://a/\""});
  options.load.rate_per_s = rate;
  options.load.connections = 8;
  return options;
}

Statistics some_statistics() {
  Statistics statistics;
  statistics.requests = 1002;
  statistics.responses = statistics.window_responses = 1000;
  statistics.failures[static_cast<std::size_t>(FailureKind::kReset)] = 2;
  statistics.first_failures[static_cast<std::size_t>(FailureKind::kReset)] = "closed";
  statistics.statuses[200] = 990;
  statistics.statuses[503] = statistics.wrong_status = 10;
  statistics.window_ns = 2'000'000'000;
  statistics.bytes_read = 3 << 20;
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    statistics.latency.record_us(i * 10);
    statistics.service.record_us(i);
  }
  statistics.reached = true;
  return statistics;
}

TEST(ResultTest, JsonHasTheFigures) {
  const std::string json = result_json(options_for(500), some_statistics());
  for (
      const char* part :
      {R"("version":1,)", R"("url":"http://a/\"")", R"("mode":"open")", R"("connections":8,)",
       R"("rate":500,"arrivals":"poisson")", R"("requests":1002,"responses":1000)",
       R"("errors":{"connect":0,"reset":2,"timeout":0,"protocol":0,"tls":0,"status":10,"unsent":0})",
       R"("first_errors":{"reset":"closed"})", R"("status":{"200":990,"503":10})", R"("rps":500,)",
       R"("latency_us":{"min":10,)", R"("service_us":{"min":1,)", R"("lateness_us":{"p50":0)"}) {
    EXPECT_THAT(json, HasSubstr(part));
  }
  const std::string closed = result_json(options_for(0), some_statistics());
  EXPECT_THAT(closed, HasSubstr(R"("mode":"closed")"));
  EXPECT_THAT(closed, HasSubstr(R"("rate":null,"arrivals":null)"));
}

TEST(ResultTest, TextHasTheFigures) {
  const std::string text = result_text(options_for(500), some_statistics());
  for (const char* part : {"open loop, 500 requests/s (Poisson), 8 connections", "1000 (500.0/s)",
                           "3.00 MiB (1.50 MiB/s)", "200: 990  503: 10", "12 of 1002 requests",
                           "reset    2  (closed)", "status   10", "p99.99", "100.00 %"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, Not(HasSubstr("It was the limit")));
}

TEST(ResultTest, SaysWhenTheGeneratorWasTheLimit) {
  Statistics statistics = some_statistics();
  statistics.busiest_thread = 0.97;
  EXPECT_THAT(result_text(options_for(0), statistics), HasSubstr("It was the limit"));
}

TEST(ResultTest, NothingAtAllStillMakesAReport) {
  EXPECT_THAT(result_text(options_for(0), Statistics{}), HasSubstr("responses  0"));
  EXPECT_THAT(result_json(options_for(0), Statistics{}), HasSubstr(R"("histogram":[])"));
}

TEST(ResultTest, UnitsThatPeopleRead) {
  EXPECT_EQ(time_text(0), "0 us");
  EXPECT_EQ(time_text(12.34), "12.3 us");
  EXPECT_EQ(time_text(999), "999 us");
  EXPECT_EQ(time_text(1234), "1.23 ms");
  EXPECT_EQ(time_text(45'678), "45.7 ms");
  EXPECT_EQ(time_text(999'900), "1.00 s");
  EXPECT_EQ(bytes_text(512), "512 B");
  EXPECT_EQ(bytes_text(1536), "1.50 KiB");
}

TEST(ResultTest, JsonStringsAreQuoted) {
  EXPECT_EQ(json_string("a\"\\\n"), "\"a\\\"\\\\\\u000a\"");
}

}  // namespace
}  // namespace brink::load
