#include "core/url/host.h"

#include <gtest/gtest.h>

namespace brink::url {
namespace {

std::string canonical(std::string_view authority) {
  std::string storage;
  return std::string(canonical_authority(authority, storage).value_or("refused"));
}

TEST(CanonicalAuthority, LeavesCanonicalOnesWhereTheyAre) {
  for (const std::string_view authority :
       {"a", "shop.example.com", "shop.example.com:8080", "a_b.c-d~", "127.0.0.1:3000", "1a.b2",
        "255.255.255.255"}) {
    std::string storage;
    const auto same = canonical_authority(authority, storage);
    ASSERT_TRUE(same) << authority;
    EXPECT_EQ(same->data(), authority.data()) << authority;
    EXPECT_EQ(*same, authority);
  }
}

TEST(CanonicalAuthority, IsOneForEachHost) {
  const std::pair<const char*, const char*> kForms[] = {
      {"SHOP.Example.COM:8080", "shop.example.com:8080"},
      {"shop.example:80", "shop.example"},
      {"shop.example:080", "shop.example"},
      {"shop.example:0081", "shop.example:81"},
      {"shop.example:", "shop.example"},
      {"shop.example.", "shop.example."},
      {"shop.example.:80", "shop.example."},
      {"127.1", "127.0.0.1"},
      {"0x7f.1:81", "127.0.0.1:81"},
      {"1", "0.0.0.1"},
      {"127.0.0.01", "127.0.0.1"},
      {"[0:0:0:0:0:0:0:1]:80", "[::1]"},
      {"[2001:DB8::1]:8080", "[2001:db8::1]:8080"},
      {"[::ffff:1.2.3.4]", "[::ffff:102:304]"},
      {"XN--BCHER-KVA.test", "xn--bcher-kva.test"},
  };
  for (const auto& [written, read] : kForms) {
    EXPECT_EQ(canonical(written), read) << written;
    EXPECT_EQ(canonical(read), read);
  }
}

TEST(CanonicalAuthority, RefusesWhatIsNoHost) {
  for (const char* authority :
       {"",        ":80",         ".",         "..",        ".shop.example", "a..b",
        "a.b..",   "a b",         "a,b",       "a/b",       "u@a",           "a%41",
        "a\\b",    "a?b",         "a#b",       "a:b",       "a:123456",      "a:65536",
        "a:80:80", "a:-1",        "xn--a",     "1.2.3.4.5", "foo.1",         "999.999.999.999",
        "256.1",   "0x1.2.3.4.5", "[",         "[]",        "[::1",          "[g::1]",
        "[::1]x",  "[::1%1]",     "[1::2::3]", "b\xc3\xbc", "a[::1]",        "a]"}) {
    EXPECT_EQ(canonical(authority), "refused") << authority;
  }
  EXPECT_EQ(canonical(std::string(256, 'a')), "refused");
}

TEST(CanonicalHost, ReadsOtherScripts) {
  EXPECT_EQ(canonical_host("b\xc3\xbc"
                           "cher.test"),
            "xn--bcher-kva.test");
  EXPECT_EQ(canonical_host("B\xc3\x9c"
                           "CHER.test"),
            "xn--bcher-kva.test");
  EXPECT_EQ(canonical_host("[::1]"), "[::1]");
  for (const char* host : {"", "::1", "a:80", "a/b", "u@a", "a%41", "a\tb", ".a",
                           "a\xe3\x80\x82\xe3\x80\x82"
                           "b"})
    EXPECT_EQ(canonical_host(host), std::nullopt) << host;
}

TEST(HostName, IsWithoutPortAndRoot) {
  EXPECT_EQ(host_name("a.b:80"), "a.b");
  EXPECT_EQ(host_name("a.b."), "a.b");
  EXPECT_EQ(host_name("a.b.:80"), "a.b");
  EXPECT_EQ(host_name("[::1]:80"), "[::1]");
  EXPECT_EQ(host_name("[::1]"), "[::1]");
  EXPECT_EQ(host_name(""), "");
  EXPECT_EQ(port_of("a:81"), "81");
  EXPECT_EQ(port_of("[::1]:81"), "81");
  EXPECT_EQ(port_of("a"), "");
}

}  // namespace
}  // namespace brink::url
