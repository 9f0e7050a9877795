#include "bench/load/request_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "bench/load/request_mix.h"

namespace brink::load {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string error_of(std::string_view text) {
  const auto requests = parse_requests(text, "mix.jsonl");
  if (requests) return "no error";
  EXPECT_EQ(requests.error().code, ErrorCode::kUsage);
  return requests.error().message;
}

RequestDefaults defaults_for(const std::string& path = "/") {
  RequestDefaults defaults;
  defaults.host_header = "shop.example";
  defaults.path = path;
  return defaults;
}

TEST(RequestFileTest, ReadsLines) {
  const auto requests = parse_requests(
      "{\"path\":\"/a\",\"weight\":3}\n\n"
      "  {\"method\":\"PUT\",\"path\":\"/b\",\"headers\":{\"X-A\":\"1\",\"X-B\":[\"2\",\"3\"]},"
      "\"body\":{\"q\": [1, 2]},\"expect\":201}\r\n",
      "mix.jsonl");
  ASSERT_TRUE(requests) << requests.error().message;
  ASSERT_EQ(requests->size(), 2U);
  EXPECT_EQ((*requests)[0].path, "/a");
  EXPECT_EQ((*requests)[0].weight, 3);
  EXPECT_FALSE((*requests)[0].has_body);
  EXPECT_EQ((*requests)[1].method, "PUT");
  EXPECT_EQ((*requests)[1].headers.size(), 3U);
  EXPECT_EQ((*requests)[1].headers[2].value, "3");
  EXPECT_EQ((*requests)[1].body, R"({"q":[1,2]})");
  EXPECT_EQ((*requests)[1].expected_status, 201);
}

TEST(RequestFileTest, ReadsAnArray) {
  const auto requests =
      parse_requests("\n[\n {\"path\":\"/a\"},\n {\"body\":\"text\"}\n]\n", "mix.json");
  ASSERT_TRUE(requests) << requests.error().message;
  ASSERT_EQ(requests->size(), 2U);
  EXPECT_EQ((*requests)[1].body, "text");
}

TEST(RequestFileTest, ErrorsNameTheLine) {
  EXPECT_THAT(error_of("{}\n{\"path\":}\n"), StartsWith("mix.jsonl:2: this is not valid JSON"));
  EXPECT_THAT(error_of("{}\n\n[1]\n"), StartsWith("mix.jsonl:3: a request must be an object"));
  EXPECT_THAT(error_of("{\"pth\":\"/\"}"), StartsWith("mix.jsonl:1: there is no key \"pth\""));
  EXPECT_THAT(error_of("{\"path\":7}"), StartsWith("mix.jsonl:1: \"path\" must be text"));
  EXPECT_THAT(error_of("{}\n{\"path\":\"a\"}"), StartsWith("mix.jsonl:2: \"path\" must begin"));
  EXPECT_THAT(error_of("{\"path\":\"/a b\"}"), HasSubstr("blanks"));
  EXPECT_THAT(error_of("{\"weight\":0}"), HasSubstr("\"weight\" must be a number above 0"));
  EXPECT_THAT(error_of("{\"expect\":99}"), HasSubstr("\"expect\" must be a status"));
  EXPECT_THAT(error_of("{\"method\":\"G T\"}"), HasSubstr("is no method"));
  EXPECT_THAT(error_of("{\"headers\":{\"a\":1}}"), HasSubstr("\"headers\" must be an object"));
  EXPECT_THAT(error_of("{\"headers\":{\"a b\":\"1\"}}"), HasSubstr("is no header name"));
  EXPECT_THAT(error_of("{\"headers\":{\"a\":\"1\\r\\nb: 2\"}}"), HasSubstr("line break"));
  EXPECT_THAT(error_of("{\"headers\":{\"Content-Length\":\"1\"}}"), HasSubstr("itself"));
  EXPECT_THAT(error_of("\n \n"), HasSubstr("there is no request"));
  EXPECT_THAT(error_of("[]"), HasSubstr("there is no request"));
}

TEST(RequestFileTest, ErrorsInAnArrayNameTheLineToo) {
  EXPECT_THAT(error_of("[\n{\"path\":\"/\"},\n{\"weight\":-1}\n]"),
              StartsWith("mix.jsonl:3: \"weight\""));
  EXPECT_THAT(error_of("[\n{},\n7]"), StartsWith("mix.jsonl:3: a request must be an object"));
  EXPECT_THAT(error_of("[\n{},\n{\n"), HasSubstr("not valid JSON"));
  EXPECT_THAT(error_of("[{}] {}"), StartsWith("mix.jsonl:1: "));
}

TEST(RequestMixTest, WritesARequest) {
  RequestDefaults defaults = defaults_for("/a?b=1");
  EXPECT_EQ(prepare({}, defaults).bytes, "GET /a?b=1 HTTP/1.1\r\nHost: shop.example\r\n\r\n");
  defaults.keep_alive = false;
  defaults.has_body = true;
  defaults.body = "text";
  defaults.headers = {{"X-A", "1"}};
  EXPECT_EQ(prepare({}, defaults).bytes,
            "POST /a?b=1 HTTP/1.1\r\nHost: shop.example\r\nX-A: 1\r\nContent-Length: 4\r\n"
            "Connection: close\r\n\r\ntext");
}

TEST(RequestMixTest, WhatARequestSaysGoesBeforeTheDefaults) {
  RequestDefaults defaults = defaults_for();
  defaults.method = "PATCH";
  defaults.headers = {{"X-A", "1"}, {"X-B", "1"}};
  defaults.expected_status = 204;
  const PreparedRequest request =
      prepare({.path = "/x", .headers = {{"x-a", "2"}, {"host", "other"}}}, defaults);
  EXPECT_EQ(request.bytes,
            "PATCH /x HTTP/1.1\r\nX-B: 1\r\nx-a: 2\r\nhost: other\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(request.expected_status, 204);
  const PreparedRequest head = prepare({.method = "HEAD", .expected_status = 404}, defaults);
  EXPECT_TRUE(head.is_head);
  EXPECT_EQ(head.expected_status, 404);
}

TEST(RequestMixTest, PicksByWeight) {
  std::vector<RequestSpec> specs(3);
  specs[0].path = "/a";
  specs[0].weight = 1;
  specs[1].path = "/b";
  specs[1].weight = 0.5;
  specs[2].path = "/c";
  specs[2].weight = 2.5;
  RequestMix mix(specs, defaults_for(), 3);
  std::map<const PreparedRequest*, int> picked;
  for (int i = 0; i < 40'000; ++i) ++picked[&mix.next()];
  EXPECT_NEAR(picked[mix.requests().data()], 10'000, 400);
  EXPECT_NEAR(picked[&mix.requests()[1]], 5'000, 400);
  EXPECT_NEAR(picked[&mix.requests()[2]], 25'000, 400);
}

}  // namespace
}  // namespace brink::load
