#include "core/base/ip_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <string>
#include <string_view>

namespace brink {
namespace {

std::string round_trip(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address ? address->text() : "(none)";
}

TEST(IpAddress, ReadsAndWritesTheCanonicalForms) {
  EXPECT_EQ(round_trip("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(round_trip("2001:DB8:0:0::1"), "2001:db8::1");
  EXPECT_EQ(round_trip("::ffff:10.0.0.1"), "::ffff:10.0.0.1");
  for (const std::string_view wrong : {"", "127.1", "0177.0.0.1", "1.2.3.4 ", "[::1]", "::1%lo",
                                       "fe80::1%25eth0", "example.com"}) {
    EXPECT_EQ(round_trip(wrong), "(none)") << wrong;
  }
  EXPECT_EQ(round_trip(std::string_view("1.2.3.4\0", 8)), "(none)");
}

TEST(IpAddress, ComesFromASocketAddress) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(0x7f000001);
  EXPECT_EQ(IpAddress::from_sockaddr(storage), IpAddress::parse("127.0.0.1"));
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  EXPECT_EQ(IpAddress::from_sockaddr(storage), IpAddress::parse("::1"));
  storage.ss_family = AF_UNIX;
  EXPECT_EQ(IpAddress::from_sockaddr(storage), std::nullopt);
}

TEST(IpAddress, LooksInside) {
  EXPECT_EQ(IpAddress::parse("::ffff:10.1.2.3")->unmapped().text(), "10.1.2.3");
  EXPECT_EQ(IpAddress::parse("::fffe:10.1.2.3")->unmapped().text(), "::fffe:a01:203");
  EXPECT_EQ(IpAddress::parse("1.2.3.4")->unmapped().text(), "1.2.3.4");
  EXPECT_EQ(IpAddress::parse("2002:a01:203::")->v4_at(2).text(), "10.1.2.3");
  EXPECT_EQ(IpAddress::parse("128.255.255.254")->inverted().text(), "127.0.0.1");
}

bool contains(std::string_view block, std::string_view address) {
  return IpBlock::parse(block).value().contains(IpAddress::parse(address).value());
}

TEST(IpBlock, ContainsWhatHasItsPrefix) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.255.255"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(contains("172.16.0.0/12", "172.31.255.255"));
  EXPECT_FALSE(contains("172.16.0.0/12", "172.32.0.0"));
  EXPECT_TRUE(contains("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
  EXPECT_TRUE(contains("::/0", "::1"));
  EXPECT_TRUE(contains("fd00::/8", "fdff::1"));
  EXPECT_TRUE(contains("1.2.3.4", "1.2.3.4"));
  EXPECT_FALSE(contains("1.2.3.4", "1.2.3.5"));
  EXPECT_TRUE(contains("::ffff:10.0.0.0/104", "10.1.1.1"));
}

TEST(IpBlock, RefusesWhatIsNoBlock) {
  for (const std::string_view wrong : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
                                       "10.0.0.0/8 ", "10.0.0.1/8", "fd00::/129", "fd00::1/64"}) {
    EXPECT_FALSE(IpBlock::parse(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace brink
