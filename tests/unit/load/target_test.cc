#include "bench/load/target.h"

#include <gtest/gtest.h>

#include "bench/load/bench_options.h"
#include "bench/load/load_run.h"

namespace brink::load {
namespace {

TEST(TargetTest, ReadsAUrl) {
  const auto target = parse_target("https://shop.example:8443/a/b?c=d#e");
  ASSERT_TRUE(target);
  EXPECT_TRUE(target->tls);
  EXPECT_EQ(target->host, "shop.example");
  EXPECT_EQ(target->port, 8443);
  EXPECT_EQ(target->host_header, "shop.example:8443");
  EXPECT_EQ(target->path, "/a/b?c=d");
  EXPECT_EQ(target->href, "https://shop.example:8443/a/b?c=d");
}

TEST(TargetTest, FillsInWhatIsLeftOut) {
  const auto target = parse_target("http://localhost");
  ASSERT_TRUE(target);
  EXPECT_FALSE(target->tls);
  EXPECT_EQ(target->port, 80);
  EXPECT_EQ(target->host_header, "localhost");
  EXPECT_EQ(target->path, "/");
  EXPECT_EQ(parse_target("https://x")->port, 443);
  EXPECT_EQ(parse_target("127.0.0.1:8080/a")->port, 8080);
}

TEST(TargetTest, AnAddressOfSixteenBytesHasBracketsOnlyInTheHostHeader) {
  const auto target = parse_target("http://[::1]:81/");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->host, "::1");
  EXPECT_EQ(target->host_header, "[::1]:81");
}

TEST(TargetTest, RefusesWhatCannotBeMeasured) {
  for (const char* url :
       {"", "http://", "ftp://x/", "http://a:99999/", "http://u:p@x/", "http://a b/"}) {
    const auto target = parse_target(url);
    ASSERT_FALSE(target) << url;
    EXPECT_EQ(target.error().code, ErrorCode::kUsage);
  }
}

TEST(BenchOptionsTest, Durations) {
  EXPECT_EQ(parse_duration("250ms"), 250'000'000U);
  EXPECT_EQ(parse_duration("1.5s"), 1'500'000'000U);
  EXPECT_EQ(parse_duration("10"), 10'000'000'000U);
  EXPECT_EQ(parse_duration("2m"), 120'000'000'000U);
  EXPECT_EQ(parse_duration("0"), 0U);
  for (const char* text : {"", "s", "-1s", "1 s", "1d", "1e3s", "infs", "nan"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(LoadRunTest, SharesAddUpToTheWhole) {
  LoadOptions all;
  all.connections = 10;
  all.rate_per_s = 900;
  all.max_requests = 100;
  LoadOptions sum{.connections = 0};
  for (std::size_t i = 0; i < 3; ++i) {
    const LoadOptions share = share_of(all, i, 3);
    sum.connections += share.connections;
    sum.rate_per_s += share.rate_per_s;
    sum.max_requests += share.max_requests;
    EXPECT_GE(share.connections, 3U);
  }
  EXPECT_EQ(sum.connections, 10U);
  EXPECT_DOUBLE_EQ(sum.rate_per_s, 900);
  EXPECT_EQ(sum.max_requests, 100U);
}

}  // namespace
}  // namespace brink::load
