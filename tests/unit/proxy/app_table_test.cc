#include "core/proxy/app_table.h"

#include <gtest/gtest.h>

#include <string>

namespace brink::proxy {
namespace {

constexpr int kNone = -1;

constexpr int kRefused = -2;

// The app's number, or kNone, or kRefused.
int found(const AppTable& table, std::string_view host, std::string_view path) {
  const auto app = table.find(host, path);
  if (!app) return kRefused;
  return *app ? static_cast<int>(**app) : kNone;
}

TEST(AppTable, WithOneAppEverythingIsIts) {
  AppTable table;
  table.add("*", "/", 7);
  for (const char* host : {"", "a", "a:81", "[::1]:8080"}) {
    EXPECT_EQ(found(table, host, "/"), 7) << host;
    EXPECT_EQ(found(table, host, "/%zz/x%2F..%2Fy"), 7) << host;
    EXPECT_EQ(found(table, host, "*"), 7) << host;
  }
}

TEST(AppTable, KnowsTheHostsThatItsEntriesName) {
  AppTable table;
  table.add("shop.example.com", "/blog", 1);
  table.add("*.tenants.test", "/", 2);
  table.add("*", "/", 3);
  EXPECT_TRUE(table.names("shop.example.com"));
  for (const char* name : {"", "example.com", "tenants.test", "a.tenants.test", "10.0.0.1"})
    EXPECT_FALSE(table.names(name)) << name;
}

TEST(AppTable, AnEmptyOneHasNothing) { EXPECT_EQ(found(AppTable(), "a", "/"), kNone); }

TEST(AppTable, TheMostSpecificHostWins) {
  AppTable table;
  table.add("shop.example.com", "/", 1);
  table.add("*.example.com", "/", 2);
  table.add("*.eu.example.com", "/", 3);
  table.add("*", "/", 4);
  EXPECT_EQ(found(table, "shop.example.com", "/"), 1);
  EXPECT_EQ(found(table, "blog.example.com", "/"), 2);
  EXPECT_EQ(found(table, "a.b.example.com", "/"), 2);
  EXPECT_EQ(found(table, "a.eu.example.com", "/"), 3);
  EXPECT_EQ(found(table, "eu.example.com", "/"), 2);
  EXPECT_EQ(found(table, "example.com", "/"), 4);
  EXPECT_EQ(found(table, "notexample.com", "/"), 4);
  EXPECT_EQ(found(table, "shop.example.com.evil.net", "/"), 4);
  EXPECT_EQ(found(table, "x.shop.example.com", "/"), 2);
}

TEST(AppTable, PortsAndTheRootZoneMakeNoDifference) {
  AppTable table;
  table.add("shop.example.com", "/", 1);
  table.add("[2001:db8::1]", "/", 2);
  table.add("*.wild.org", "/", 3);
  for (const char* host :
       {"shop.example.com", "shop.example.com:8080", "shop.example.com.", "shop.example.com.:81"}) {
    EXPECT_EQ(found(table, host, "/"), 1) << host;
  }
  EXPECT_EQ(found(table, "[2001:db8::1]:443", "/"), 2);
  EXPECT_EQ(found(table, "[2001:db8::1]", "/"), 2);
  EXPECT_EQ(found(table, "a.wild.org.", "/"), 3);
  for (const char* host : {"", "wild.org", "a.wild.org.x", "[::1]"})
    EXPECT_EQ(found(table, host, "/"), kNone) << host;
}

TEST(AppTable, TheLongestPrefixWins) {
  AppTable table;
  table.add("*", "/", 0);
  table.add("*", "/blog", 1);
  table.add("*", "/blog/en/new", 2);
  EXPECT_EQ(found(table, "a", "/"), 0);
  EXPECT_EQ(found(table, "a", "/blog"), 1);
  EXPECT_EQ(found(table, "a", "/blog/"), 1);
  EXPECT_EQ(found(table, "a", "/blog/x/y/z"), 1);
  EXPECT_EQ(found(table, "a", "/blog/en"), 1);
  EXPECT_EQ(found(table, "a", "/blog/en/new"), 2);
  EXPECT_EQ(found(table, "a", "/blog/en/new/x"), 2);
  EXPECT_EQ(found(table, "a", "/blog/en/newer"), 1);
  EXPECT_EQ(found(table, "a", "/blogs"), 0);
  EXPECT_EQ(found(table, "a", "/Blog"), 0);
  EXPECT_EQ(found(table, "a", "/x/blog"), 0);
  EXPECT_EQ(found(table, "a", "*"), 0);
}

TEST(AppTable, NoSpellingGetsRoundAPrefix) {
  AppTable table;
  table.add("*", "/", 0);
  table.add("*", "/blog", 1);
  table.add("*", "/b\xc3\xbcro", 2);
  EXPECT_EQ(found(table, "a", "/b%C3%BCro/x"), 2);
  // An origin may serve the other app's pages for these.
  for (const char* path :
       {"/blog%2Fx", "/%2Fblog", "/%5Cblog", "/x%2F..%2Fblog", "/blog%2F..%2Fx", "/%2562log",
        "/blog;x", "/x/..;/blog", "/blog.rsc", "/b%FF%2F..%2Fblog", "/blog/x%2F..%2F..%2Fshop"}) {
    EXPECT_EQ(found(table, "a", path), kRefused) << path;
  }
  EXPECT_EQ(found(table, "a", "/" + std::string(5000, 'a') + "%2F"), kRefused);
  // Whatever one makes of these, they are one app's.
  for (const char* path : {"/blog/a%2Fb", "/blog/a;b", "/blog/%2561", "/blog/x.rsc"})
    EXPECT_EQ(found(table, "a", path), 1) << path;
  for (const char* path : {"/a%2Fb", "/a;blog", "/blog%", "/%blog", "/blogs%2F"})
    EXPECT_EQ(found(table, "a", path), 0) << path;
}

TEST(AppTable, APathThatAHostHasNotIsLookedForInTheNext) {
  AppTable table;
  table.add("shop.example.com", "/cart", 1);
  table.add("*.example.com", "/cart/old", 2);
  table.add("*", "/", 3);
  EXPECT_EQ(found(table, "shop.example.com", "/cart/old"), 1);
  EXPECT_EQ(found(table, "shop.example.com", "/"), 3);
  EXPECT_EQ(found(table, "x.example.com", "/cart/old"), 2);
  EXPECT_EQ(found(table, "x.example.com", "/cart"), 3);
}

TEST(AppTable, ThousandsOfAppsStayApart) {
  AppTable table;
  for (std::size_t i = 0; i < 5000; ++i) {
    table.add("h" + std::to_string(i) + ".example.com", "/", i);
    table.add("*", "/p" + std::to_string(i), 10'000 + i);
  }
  for (std::size_t i = 0; i < 5000; i += 7) {
    EXPECT_EQ(found(table, "h" + std::to_string(i) + ".example.com", "/p1"), static_cast<int>(i));
    EXPECT_EQ(found(table, "other", "/p" + std::to_string(i)), static_cast<int>(10'000 + i));
  }
  EXPECT_EQ(found(table, "h5000.example.com", "/"), kNone);
}

}  // namespace
}  // namespace brink::proxy
