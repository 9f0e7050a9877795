#include "core/proxy/address_class.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace brink::proxy {
namespace {

AddressClass class_of(std::string_view text) { return classify(IpAddress::parse(text).value()); }

struct Case {
  std::string_view address;
  Reach reach;
  std::string_view description;
};

TEST(AddressClass, FollowsTheRegistries) {
  using enum Reach;
  const Case cases[] = {
      {"8.8.8.8", kPublic, "public"},
      {"1.0.0.0", kPublic, "public"},
      {"223.255.255.255", kPublic, "public"},
      {"0.0.0.0", kSpecial, "unspecified (RFC 1122)"},
      {"0.1.2.3", kSpecial, "\"this network\" (RFC 791)"},
      {"10.0.0.0", kPrivate, "private (RFC 1918)"},
      {"10.255.255.255", kPrivate, "private (RFC 1918)"},
      {"11.0.0.0", kPublic, "public"},
      {"100.63.255.255", kPublic, "public"},
      {"100.64.0.0", kPrivate, "shared, for carrier-grade NAT (RFC 6598)"},
      {"100.127.255.255", kPrivate, "shared, for carrier-grade NAT (RFC 6598)"},
      {"100.128.0.0", kPublic, "public"},
      {"127.0.0.0", kPrivate, "loopback (RFC 1122)"},
      {"127.255.255.255", kPrivate, "loopback (RFC 1122)"},
      {"169.254.169.254", kSpecial, "link-local (RFC 3927)"},
      {"172.15.255.255", kPublic, "public"},
      {"172.16.0.0", kPrivate, "private (RFC 1918)"},
      {"172.31.255.255", kPrivate, "private (RFC 1918)"},
      {"172.32.0.0", kPublic, "public"},
      {"192.0.0.8", kSpecial, "for IETF protocols (RFC 6890)"},
      {"192.0.2.1", kSpecial, "for documentation (RFC 5737)"},
      {"192.88.99.1", kSpecial, "6to4 relay (RFC 7526)"},
      {"192.168.1.1", kPrivate, "private (RFC 1918)"},
      {"192.169.0.0", kPublic, "public"},
      {"198.18.0.1", kSpecial, "for benchmarks (RFC 2544)"},
      {"198.19.255.255", kSpecial, "for benchmarks (RFC 2544)"},
      {"198.51.100.1", kSpecial, "for documentation (RFC 5737)"},
      {"203.0.113.1", kSpecial, "for documentation (RFC 5737)"},
      {"224.0.0.1", kSpecial, "multicast (RFC 5771)"},
      {"239.255.255.255", kSpecial, "multicast (RFC 5771)"},
      {"240.0.0.1", kSpecial, "reserved (RFC 1112)"},
      {"255.255.255.255", kSpecial, "broadcast (RFC 919)"},
      {"2606:4700::1", kPublic, "public"},
      {"2a00:1450::1", kPublic, "public"},
      {"::", kSpecial, "unspecified (RFC 4291)"},
      {"::1", kPrivate, "loopback (RFC 4291)"},
      {"100::1", kSpecial, "discard-only (RFC 6666)"},
      {"2001:2::1", kSpecial, "for benchmarks (RFC 5180)"},
      {"2001:10::1", kSpecial, "ORCHID (RFC 4843)"},
      {"2001:20::1", kSpecial, "ORCHIDv2 (RFC 7343)"},
      {"2001:1ff::1", kSpecial, "for IETF protocols (RFC 2928)"},
      {"2001:200::1", kPublic, "public"},
      {"2001:db8::1", kSpecial, "for documentation (RFC 3849)"},
      {"3fff:fff::1", kSpecial, "for documentation (RFC 9637)"},
      {"4000::1", kSpecial, "reserved (RFC 4291)"},
      {"5f00::1", kSpecial, "segment routing (RFC 9602)"},
      {"fc00::1", kPrivate, "unique local (RFC 4193)"},
      {"fdff::1", kPrivate, "unique local (RFC 4193)"},
      {"fe80::1", kSpecial, "link-local (RFC 4291)"},
      {"febf::1", kSpecial, "link-local (RFC 4291)"},
      {"fec0::1", kPrivate, "site-local (RFC 3879)"},
      {"ff02::1", kSpecial, "multicast (RFC 4291)"},
      {"::ffff:0:0:1", kSpecial,
       "IPv4-translated (RFC 2765) of 0.0.0.1, \"this network\" (RFC 791)"},
  };
  for (const Case& c : cases) {
    const AddressClass kind = class_of(c.address);
    EXPECT_EQ(kind.reach, c.reach) << c.address;
    EXPECT_EQ(kind.describe(), c.description) << c.address;
  }
}

TEST(AddressClass, LooksAtTheAddressInside) {
  using enum Reach;
  const Case cases[] = {
      {"::ffff:127.0.0.1", kPrivate, "IPv4-mapped (RFC 4291) of 127.0.0.1, loopback (RFC 1122)"},
      {"::ffff:8.8.8.8", kPublic, "IPv4-mapped (RFC 4291) of 8.8.8.8, public"},
      {"::127.0.0.1", kSpecial, "IPv4-compatible (RFC 4291) of 127.0.0.1, loopback (RFC 1122)"},
      {"::8.8.8.8", kSpecial, "IPv4-compatible (RFC 4291) of 8.8.8.8, public"},
      {"::ffff:0:10.0.0.1", kSpecial, "IPv4-translated (RFC 2765) of 10.0.0.1, private (RFC 1918)"},
      {"2002:7f00:1::", kSpecial, "6to4 (RFC 3056) of 127.0.0.1, loopback (RFC 1122)"},
      {"2002:a9fe:a9fe::1", kSpecial, "6to4 (RFC 3056) of 169.254.169.254, link-local (RFC 3927)"},
      {"2002:808:808::1", kPublic, "6to4 (RFC 3056) of 8.8.8.8, public"},
      {"64:ff9b::10.0.0.1", kSpecial, "NAT64 (RFC 6052) of 10.0.0.1, private (RFC 1918)"},
      {"64:ff9b::8.8.8.8", kPublic, "NAT64 (RFC 6052) of 8.8.8.8, public"},
      {"64:ff9b:1::8.8.8.8", kSpecial, "local NAT64 (RFC 8215) of 8.8.8.8, public"},
      {"2001:0:1:2:3:4:80ff:fffe", kSpecial, "Teredo (RFC 4380) of 127.0.0.1, loopback (RFC 1122)"},
  };
  for (const Case& c : cases) {
    const AddressClass kind = class_of(c.address);
    EXPECT_EQ(kind.reach, c.reach) << c.address;
    EXPECT_EQ(kind.describe(), c.description) << c.address;
  }
}

}  // namespace
}  // namespace brink::proxy
