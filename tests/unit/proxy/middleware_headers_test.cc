#include "core/proxy/middleware_headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/proxy/header_lines.h"

namespace brink::proxy {
namespace {

using ::testing::ElementsAre;
using Fields = std::vector<HeaderField>;

class MiddlewareHeadersTest : public ::testing::Test {
 protected:
  std::vector<std::string> merged(const Fields& from_middleware, const Fields& from_response) {
    Fields out;
    merge_response_headers(from_middleware, from_response, arena, out);
    return lines(out);
  }
  std::vector<std::string> added(const Fields& fields, Fields request) {
    add_to_request(fields, arena, request);
    return lines(request);
  }
  Arena arena;
};

TEST_F(MiddlewareHeadersTest, AnOverrideIsTheWholeListButKeepsHost) {
  Fields request = {{"Host", "example.com"}, {"x-old", "1"}};
  override_headers(Fields{{"a", "1"}, {"transfer-encoding", "chunked"}}, arena, request);
  EXPECT_THAT(lines(request), ElementsAre("host: example.com", "a: 1"));
}

TEST_F(MiddlewareHeadersTest, TheResponseWinsAndCookiesAdd) {
  EXPECT_THAT(merged({{"x-a", "m"}, {"x-b", "m"}, {"set-cookie", "m=1"}},
                     {{"X-A", "r"}, {"Set-Cookie", "r=1"}}),
              ElementsAre("x-b: m", "set-cookie: m=1", "X-A: r", "Set-Cookie: r=1"));
}

TEST_F(MiddlewareHeadersTest, VaryHasTheNamesOfBoth) {
  const auto vary = [this](const Fields& from_middleware, const Fields& from_response) {
    const auto all = merged(from_middleware, from_response);
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? "" : all.front();
  };
  EXPECT_EQ(vary({{"vary", "x-mw"}}, {{"Vary", "Accept-Encoding"}}), "vary: x-mw, Accept-Encoding");
  EXPECT_EQ(vary({{"vary", "x-mw"}}, {{"Vary", "Accept-Encoding"}, {"vary", "X-MW, Origin"}}),
            "vary: x-mw, Accept-Encoding, Origin");
  EXPECT_EQ(vary({{"vary", "a"}, {"Vary", "b"}}, {{"Vary", "A, B"}}), "vary: a, b");
  EXPECT_EQ(vary({{"vary", "*"}}, {{"Vary", "Accept"}}), "vary: *, Accept");
  EXPECT_EQ(vary({{"vary", "x-mw"}}, {}), "vary: x-mw");
  EXPECT_EQ(vary({}, {{"Vary", "Accept"}}), "Vary: Accept");
  EXPECT_EQ(vary({{"vary", "x-mw"}}, {{"Vary", std::string(2000, ',')}}), "vary: x-mw");
  std::string many = "a0";
  for (int i = 1; i < 500; ++i) many += ", a" + std::to_string(i);
  EXPECT_EQ(vary({{"vary", many}}, {{"Vary", "A499, b"}, {"Vary", many}}), "vary: " + many + ", b");
}

TEST_F(MiddlewareHeadersTest, ResponseFieldsReplaceThoseOfTheRequest) {
  EXPECT_THAT(
      added({{"x-a", "m"}, {"set-cookie", "s=1"}, {"set-cookie", "t=2"}},
            {{"host", "h"}, {"X-A", "c"}, {"cookie", "a=1"}, {"x-a", "d"}}),
      ElementsAre("host: h", "cookie: a=1", "x-a: m", "set-cookie: s=1", "set-cookie: t=2"));
  EXPECT_THAT(added({}, {{"host", "h"}}), ElementsAre("host: h"));
}

TEST_F(MiddlewareHeadersTest, CookiesThatAreSetAreOnTheRequest) {
  const Fields set = {{"set-cookie", "b=2%20; Path=/; HttpOnly"},
                      {"set-cookie", "c=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"},
                      {"x-middleware-set-cookie", "b=2%20; Path=/; HttpOnly,c=; Expires=..."}};
  EXPECT_THAT(added(set, {{"Cookie", "a=\"1==\";b=old ; c=3;bb=4; ;b=x"}})[0],
              "cookie: a=\"1==\"; bb=4; b=2%20; c=");
  EXPECT_THAT(added(set, {})[0], "cookie: b=2%20; c=");
  // Without the word of next/server's cookies they are for the client only, as in Next.js.
  EXPECT_THAT(added({{"set-cookie", "b=2"}}, {{"cookie", "a=1"}})[0], "cookie: a=1");
}

TEST_F(MiddlewareHeadersTest, WhatIsForTheRequestStaysThere) {
  EXPECT_THAT(merged({{"x-middleware-set-cookie", "b=2"}, {"set-cookie", "b=2"}}, {}),
              ElementsAre("set-cookie: b=2"));
}

}  // namespace
}  // namespace brink::proxy
