#include "core/config/egress_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace brink {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

bool matches_name(std::string_view rule, std::string_view host, std::uint16_t port = 80) {
  return EgressRule::parse(rule).value().matches_name(host, port);
}
bool matches_address(std::string_view rule, std::string_view address, std::uint16_t port = 80) {
  return EgressRule::parse(rule).value().matches_address(IpAddress::parse(address).value(), port);
}

TEST(EgressRule, NamesAreComparedAsUrlsNormaliseThem) {
  EXPECT_TRUE(matches_name("Example.COM", "example.com"));
  EXPECT_TRUE(matches_name("example.com.", "example.com"));
  EXPECT_TRUE(matches_name("example.com", "example.com."));
  EXPECT_TRUE(matches_name("bücher.example", "xn--bcher-kva.example"));
  EXPECT_FALSE(matches_name("example.com", "www.example.com"));
  EXPECT_FALSE(matches_name("example.com", "notexample.com"));
}

TEST(EgressRule, AWildcardIsForNamesBelow) {
  EXPECT_TRUE(matches_name("*.example.com", "www.example.com"));
  EXPECT_TRUE(matches_name("*.example.com", "a.b.example.com."));
  EXPECT_FALSE(matches_name("*.example.com", "example.com"));
  EXPECT_FALSE(matches_name("*.example.com", "notexample.com"));
  EXPECT_FALSE(matches_name("*.example.com", "example.com.evil.net"));
}

TEST(EgressRule, APortNarrowsIt) {
  EXPECT_TRUE(matches_name("localhost:3000", "localhost", 3000));
  EXPECT_FALSE(matches_name("localhost:3000", "localhost", 3001));
  EXPECT_TRUE(matches_address("10.0.0.0/8:443", "10.2.3.4", 443));
  EXPECT_FALSE(matches_address("10.0.0.0/8:443", "10.2.3.4", 80));
  EXPECT_TRUE(matches_address("[::1]:3000", "::1", 3000));
  EXPECT_FALSE(matches_address("[::1]:3000", "::1", 80));
  EXPECT_TRUE(matches_address("[fd00::/8]:443", "fd12::1", 443));
}

TEST(EgressRule, AddressesAndBlocks) {
  EXPECT_TRUE(matches_address("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(matches_address("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(matches_address("127.1", "127.0.0.1"));
  EXPECT_TRUE(matches_address("fd00::/8", "fdff::"));
  EXPECT_TRUE(matches_address("[::1]", "::1"));
  EXPECT_FALSE(matches_name("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(matches_address("example.com", "127.0.0.1"));
}

TEST(EgressRule, WhatItCannotBeIsRefused) {
  for (const std::string_view wrong :
       {"", "*", "*.", "*.*.example.com", "a*.example.com", "http://example.com",
        "example.com/path", "user@example.com", "example.com:", "example.com:0",
        "example.com:65536", "example.com:http", "[::1", "[::1]3000", "[::1]:", "::1%lo", "a b",
        "1.2.3.4:80:90", "unix:/run/x"}) {
    const auto rule = EgressRule::parse(wrong);
    ASSERT_FALSE(rule) << wrong;
    EXPECT_THAT(rule.error(), StartsWith("must be a host name")) << wrong;
  }
  for (const std::string_view wrong : {"10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/x", "fd00::1/8"}) {
    const auto rule = EgressRule::parse(wrong);
    ASSERT_FALSE(rule) << wrong;
    EXPECT_THAT(rule.error(), HasSubstr("is not a block")) << wrong;
  }
}

TEST(PortRange, IsAPortOrARange) {
  EXPECT_TRUE(PortRange::parse("443")->contains(443));
  EXPECT_FALSE(PortRange::parse("443")->contains(444));
  EXPECT_TRUE(PortRange::parse("8000-8999")->contains(8999));
  EXPECT_FALSE(PortRange::parse("8000-8999")->contains(9000));
  for (const std::string_view wrong : {"", "0", "65536", "-", "1-", "-1", "2-1", "1-2-3", "http"}) {
    EXPECT_FALSE(PortRange::parse(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace brink
