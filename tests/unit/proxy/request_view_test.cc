#include "core/proxy/request_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace brink::proxy {

void PrintTo(const HeaderField& field, std::ostream* out) {
  *out << field.name << ": " << field.value;
}

namespace {

using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

std::vector<std::string> lines(HeaderSpan headers) {
  std::vector<std::string> out;
  for (const HeaderField& field : headers)
    out.push_back(std::string(field.name) + ": " + std::string(field.value));
  return out;
}

struct FakeClient final : http::ServerExchange {
  http::RequestHead head;
  std::string ip = "192.0.2.1";
  const http::RequestHead& request() const override { return head; }
  http::IncomingBody* request_body() override { return nullptr; }
  std::string_view client_ip() const override { return ip; }
  bool secure() const override { return false; }
  void set_observer(http::ServerExchangeObserver*) override {}
  void send_interim(std::uint16_t, HeaderSpan) override {}
  http::OutgoingBody& respond(const http::ResponseToSend&) override { std::abort(); }
  bool responded() const override { return false; }
};

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
  std::vector<std::string> viewed(bool trust = false) {
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
                                    "forwarded: for=192.0.2.1;host=\"example.com\";proto=http"));
  EXPECT_EQ(view.url(arena), "http://example.com/a?b");
  EXPECT_EQ(view.path(), "/a");
}

TEST_F(RequestViewTest, AClientCannotForgeThem) {
  client.head.headers.push_back({"X-Forwarded-For", "6.6.6.6"});
  client.head.headers.push_back({"FORWARDED", "for=6.6.6.6"});
  client.head.headers.push_back({"x-forwarded-proto", "https"});
  for (const std::string& line : viewed())
    EXPECT_EQ(line.find("6.6.6.6"), std::string::npos) << line;
  EXPECT_EQ(view.scheme, "http");
}

TEST_F(RequestViewTest, ATrustedProxyIsExtended) {
  client.head.headers.push_back({"X-Forwarded-For", "203.0.113.7"});
  client.head.headers.push_back({"X-Forwarded-For", "203.0.113.8"});
  client.head.headers.push_back({"X-Forwarded-Proto", "https"});
  EXPECT_THAT(viewed(true), IsSupersetOf({"x-forwarded-for: 203.0.113.7, 203.0.113.8, 192.0.2.1",
                                          "x-forwarded-proto: https"}));
  EXPECT_EQ(view.scheme, "https");
}

TEST_F(RequestViewTest, AnIpv6ClientIsQuoted) {
  client.ip = "2001:db8::1";
  EXPECT_THAT(viewed(),
              IsSupersetOf({"forwarded: for=\"[2001:db8::1]\";host=\"example.com\";proto=http"}));
}

TEST_F(RequestViewTest, NextjsInternalHeadersNeverComeFromAClient) {
  for (const char* name :
       {"x-middleware-subrequest", "X-Middleware-Rewrite", "x-middleware-next", "X-NextJS-Data",
        "x-matched-path", "x-now-route-matches", "next-resume"}) {
    client.head.headers.push_back({name, "1"});
  }
  client.head.headers.push_back({"x-mine", "1"});
  EXPECT_THAT(viewed(), ElementsAre("Host: example.com", "x-mine: 1", ::testing::_, ::testing::_,
                                    ::testing::_, ::testing::_));
}

TEST_F(RequestViewTest, HopByHopFieldsStay) {
  client.head.headers.push_back({"Connection", "keep-alive, X-Hop"});
  client.head.headers.push_back({"X-Hop", "1"});
  client.head.headers.push_back({"TE", "trailers"});
  client.head.headers.push_back({"Content-Length", "3"});
  EXPECT_EQ(viewed().size(), 5u);
}

TEST_F(RequestViewTest, AnOverrideIsTheWholeListButKeepsHost) {
  viewed();
  const HeaderField list[] = {{"a", "1"}, {"transfer-encoding", "chunked"}};
  override_headers(list, arena, view);
  EXPECT_THAT(lines(view.headers), ElementsAre("host: example.com", "a: 1"));
}

TEST(MergeResponseHeaders, TheResponseWinsAndCookiesAdd) {
  const HeaderField middleware[] = {{"x-a", "m"}, {"x-b", "m"}, {"set-cookie", "m=1"}};
  const HeaderField response[] = {{"X-A", "r"}, {"Set-Cookie", "r=1"}};
  std::vector<HeaderField> out;
  merge_response_headers(middleware, response, out);
  EXPECT_THAT(lines(out), ElementsAre("x-b: m", "set-cookie: m=1", "X-A: r", "Set-Cookie: r=1"));
}

}  // namespace
}  // namespace brink::proxy
