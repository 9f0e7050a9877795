#include "core/proxy/request_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/proxy/fake_client.h"
#include "tests/unit/proxy/header_lines.h"

namespace brink::proxy {

namespace {

using ::testing::ElementsAre;

class RequestViewTest : public ::testing::Test {
 protected:
  FakeClient client;
  Arena arena;
  RequestView view;
  void SetUp() override {
    client.head.method = "GET";
    client.head.host = "example.com";
    client.head.target = "/a?b";
    client.head.headers = {{"Host", "example.com"}};
  }
  std::vector<std::string> viewed(HeaderTrust trust = {}) {
    view_client_request(client, trust, arena, view);
    return lines(view.headers);
  }
};

TEST(NormalizedTarget, LeavesNoDotsToOthers) {
  Arena arena;
  const auto normalized = [&](std::string_view target) {
    return std::string(normalized_target(target, arena));
  };
  EXPECT_EQ(normalized("/x/../admin?a=/../b"), "/admin?a=/../b");
  EXPECT_EQ(normalized("/x/%2e%2E/admin"), "/admin");
  EXPECT_EQ(normalized("/x/.%2e/admin"), "/admin");
  EXPECT_EQ(normalized("/x\\..\\admin"), "/admin");
  EXPECT_EQ(normalized("/./a/."), "/a/");
  EXPECT_EQ(normalized("/../../etc"), "/etc");
  EXPECT_EQ(normalized("//evil/../admin"), "//admin");
}

TEST(NormalizedTarget, LeavesOtherTargetsAsTheyAre) {
  Arena arena;
  for (std::string_view target : {"/", "/a.b/c..d?x", "/a%2Fb", "*", "/caf%C3%A9", "/a/..b"}) {
    EXPECT_EQ(normalized_target(target, arena), target);
  }
}

TEST_F(RequestViewTest, AnAbsoluteTargetReplacesTheHostHeader) {
  client.head.host = "from-target.example";  // RFC 9112 section 3.2.2
  EXPECT_THAT(viewed(), ::testing::Contains("Host: from-target.example"));
  EXPECT_THAT(viewed(), ::testing::Not(::testing::Contains("Host: example.com")));
  client.head.headers.clear();  // HTTP/1.0 needs no Host
  EXPECT_THAT(viewed(), ::testing::Contains("host: from-target.example"));
}

TEST_F(RequestViewTest, AddsTheForwardingHeaders) {
  EXPECT_THAT(viewed(), ElementsAre("Host: example.com", "x-forwarded-for: 192.0.2.1",
                                    "x-forwarded-proto: http", "x-forwarded-host: example.com",
                                    "x-forwarded-port: 80",
                                    "forwarded: for=192.0.2.1;host=\"example.com\";proto=http"));
  EXPECT_EQ(view.url(arena), "http://example.com/a?b");
  EXPECT_EQ(view.path(), "/a");
}

TEST_F(RequestViewTest, HopByHopFieldsStay) {
  client.head.headers.push_back({"Connection", "keep-alive, X-Hop"});
  client.head.headers.push_back({"X-Hop", "1"});
  client.head.headers.push_back({"TE", "trailers"});
  client.head.headers.push_back({"Content-Length", "3"});
  EXPECT_EQ(viewed().size(), 6u);
}

}  // namespace
}  // namespace brink::proxy
