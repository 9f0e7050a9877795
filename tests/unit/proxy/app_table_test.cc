#include "core/proxy/app_table.h"

#include <gtest/gtest.h>

#include <string>

namespace brink::proxy {
namespace {

constexpr int kNone = -1;

// The app's number, or kNone.
int found(const AppTable& table, std::string_view host, std::string_view target) {
  const auto app = table.find(host, target);
  return app ? static_cast<int>(*app) : kNone;
}

std::string plain(std::string_view target) {
  std::string storage;
  return std::string(plain_path(target, storage));
}

TEST(AppTable, WithOneAppEverythingIsIts) {
  AppTable table;
  table.add("*", "/", 7);
  for (const char* host : {"", "a", "a:80", "[::1]:8080", "."}) {
    EXPECT_EQ(found(table, host, "/"), 7) << host;
    EXPECT_EQ(found(table, host, "/%zz/../x?y"), 7) << host;
    EXPECT_EQ(found(table, host, "*"), 7) << host;
  }
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

TEST(AppTable, HostsAreReadAsHttpReadsThem) {
  AppTable table;
  table.add("shop.example.com", "/", 1);
  table.add("[2001:db8::1]", "/", 2);
  table.add("*.wild.org", "/", 3);
  for (const char* host : {"shop.example.com", "SHOP.Example.COM", "shop.example.com:8080",
                           "shop.example.com.", "shop.example.com.:80", "shop.example.com:"}) {
    EXPECT_EQ(found(table, host, "/"), 1) << host;
  }
  EXPECT_EQ(found(table, "[2001:DB8::1]:443", "/"), 2);
  EXPECT_EQ(found(table, "[2001:db8::1]", "/"), 2);
  EXPECT_EQ(found(table, "A.WILD.org.", "/"), 3);
  for (const std::string& host :
       {std::string(), std::string("."), std::string(":80"), std::string("["), std::string("[::1"),
        std::string("]"), std::string("[2001"), std::string("2001:db8::1"),
        std::string("shop.example.com.."), std::string("wild.org"), std::string(".wild.org.x"),
        std::string("shop\0.example.com", 17), std::string(1000, 'a'), std::string(1000, '.'),
        std::string(255, '.')}) {
    EXPECT_EQ(found(table, host, "/"), kNone) << host;
  }
  EXPECT_EQ(found(table, std::string(240, '.') + ".wild.org", "/"), 3);
  EXPECT_EQ(found(table, std::string(300, 'a') + ".wild.org", "/"), kNone);
}

TEST(AppTable, TheLongestPrefixWins) {
  AppTable table;
  table.add("*", "/", 0);
  table.add("*", "/blog", 1);
  table.add("*", "/blog/en/new", 2);
  EXPECT_EQ(found(table, "a", "/"), 0);
  EXPECT_EQ(found(table, "a", "/blog"), 1);
  EXPECT_EQ(found(table, "a", "/blog/"), 1);
  EXPECT_EQ(found(table, "a", "/blog?x=/y"), 1);
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
  for (const char* target :
       {"//blog", "///blog//x", "/%62log", "/%62%6C%6f%67/x", "/x/../blog", "/x/%2e%2E/blog",
        "/./blog", "/%2e/blog", "/../../blog", "\\blog", "/\\blog", "/%5cblog", "/blog%2Fx",
        "/x%2f..%2fblog", "/%2Fblog", "/blog/.", "/blog/x/..", "/blog/x/../y"}) {
    const std::string_view text = target;
    EXPECT_EQ(found(table, "a", text), text.starts_with('\\') ? 0 : 1) << target;
  }
  for (const char* target : {"/blog/..", "/blog/../other", "/blog%2f..", "/blog/%2e%2e/x",
                             "/blo%67s", "/%2562log", "/blog%", "/%blog", "/blog%zz", "/blog%00"}) {
    EXPECT_EQ(found(table, "a", target), 0) << target;
  }
  EXPECT_EQ(found(table, "a", "/b%C3%BCro/x"), 2);
  EXPECT_EQ(found(table, "a", "/b\xc3\xbcro"), 2);
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

TEST(PlainPath, IsThePathAsAnOriginMayReadIt) {
  EXPECT_EQ(plain("/a/b?c"), "/a/b");
  EXPECT_EQ(plain("/a/"), "/a/");
  EXPECT_EQ(plain("//"), "/");
  EXPECT_EQ(plain("/.."), "/");
  EXPECT_EQ(plain("/a/../.."), "/");
  EXPECT_EQ(plain("/a%2f%2e%2e/b"), "/b");
  EXPECT_EQ(plain("/a/...//b/."), "/a/.../b");
  EXPECT_EQ(plain("/%"), "/%");
  EXPECT_EQ(plain("/%4"), "/%4");
  EXPECT_EQ(plain("/%41%"), "/A%");
  EXPECT_EQ(plain("/%2541"), "/%41");
  EXPECT_EQ(plain("*"), "/");
}

}  // namespace
}  // namespace brink::proxy
