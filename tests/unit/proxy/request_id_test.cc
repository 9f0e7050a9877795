#include "core/proxy/request_id.h"

#include <gmock/gmock.h>

#include <string>

namespace brink::proxy {
namespace {

using Fields = std::vector<HeaderField>;

std::string settled(bool keep, Fields& headers) {
  Arena arena;
  return std::string(settle_request_id(keep, "own", headers, arena));
}

int ids_in(const Fields& headers) {
  int count = 0;
  for (const HeaderField& field : headers) count += field.name.size() == 12 ? 1 : 0;
  return count;
}

TEST(RequestId, AClientsIsReplacedUnlessItIsTrusted) {
  Fields untrusted = {{"X-Request-Id", "abc"}, {"host", "a"}};
  EXPECT_EQ(settled(false, untrusted), "own");
  EXPECT_EQ(untrusted.back().value, "own");
  EXPECT_EQ(ids_in(untrusted), 1);
  Fields trusted = {{"X-Request-Id", "Root=1-67-ab_c.d:e+f/g@h"}};
  EXPECT_EQ(settled(true, trusted), "Root=1-67-ab_c.d:e+f/g@h");
  EXPECT_EQ(ids_in(trusted), 1);
}

TEST(RequestId, WhatIsNoIdIsReplaced) {
  const std::string longest(kMaxRequestId_bytes, 'a');
  const std::string too_long(kMaxRequestId_bytes + 1, 'a');
  Fields fits = {{"x-request-id", longest}};
  EXPECT_EQ(settled(true, fits), longest);
  for (const std::string_view value :
       {std::string_view(""), std::string_view("a b"), std::string_view("<x>"),
        std::string_view("\xc3\xbc"), std::string_view(too_long)}) {
    Fields headers = {{"x-request-id", value}};
    EXPECT_EQ(settled(true, headers), "own") << value;
    EXPECT_EQ(ids_in(headers), 1);
  }
  Fields two = {{"x-request-id", "a"}, {"X-REQUEST-ID", "b"}};
  EXPECT_EQ(settled(true, two), "own");
  EXPECT_EQ(ids_in(two), 1);
}

TEST(RequestId, IsKeptWithoutWhereItCameFrom) {
  std::string text = "0123456789abcdef";
  const KeptRequestId kept(text);
  text.assign(text.size(), 'x');
  EXPECT_EQ(kept.view(), "0123456789abcdef");
}

}  // namespace
}  // namespace brink::proxy
