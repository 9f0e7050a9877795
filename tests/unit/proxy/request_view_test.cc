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

TEST_F(RequestViewTest, AnAbsoluteTargetReplacesTheHostHeader) {
  client.head.host = "from-target.example";  // RFC 9112 section 3.2.2
  EXPECT_THAT(viewed(), ::testing::Contains("Host: from-target.example"));
  EXPECT_THAT(viewed(), ::testing::Not(::testing::Contains("Host: example.com")));
  client.head.headers.clear();  // HTTP/1.0 needs no Host field
  EXPECT_THAT(viewed(), ::testing::Contains("host: from-target.example"));
}

TEST_F(RequestViewTest, WithoutAHostItIsLocalhost) {
  client.head.host = "";
  client.head.headers.clear();
  client.head.target = "/mw/admin";
  EXPECT_THAT(viewed(),
              ElementsAre("host: localhost", "x-forwarded-for: 192.0.2.1",
                          "x-forwarded-proto: http", "forwarded: for=192.0.2.1;proto=http"));
  EXPECT_EQ(view.url(arena), "http://localhost/mw/admin");
}

TEST_F(RequestViewTest, HttpsHasAnotherDefaultPort) {
  client.head.host = "example.com:443";
  client.head.headers.push_back({"X-Forwarded-Proto", "https"});
  EXPECT_THAT(viewed({.forwarded = true}), ::testing::Contains("Host: example.com"));
  EXPECT_EQ(view.url(arena), "https://example.com/a?b");
}

TEST_F(RequestViewTest, TheWholeServerHasAPathOfItsOwn) {
  client.head.target = "*";
  viewed();
  EXPECT_EQ(view.url(arena), "http://example.com/*");
  EXPECT_EQ(view.target, "*");
}

TEST_F(RequestViewTest, MiddlewareSeesThePageWhoseDataIsAskedFor) {
  client.head.target = "/a.rsc?b.rsc";
  viewed();
  EXPECT_EQ(view.page_url(arena), "http://example.com/a?b.rsc");
  EXPECT_EQ(view.url(arena), "http://example.com/a.rsc?b.rsc");
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
