#include "core/proxy/web_url.h"

#include <gtest/gtest.h>

namespace brink::proxy {
namespace {

TEST(WebUrl, TakesAUrlApart) {
  const auto url = WebUrl::parse("http://user:pw@Example.COM:8080/a/../b?q#frag");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->authority, (http::Authority{"example.com", 8080}));
  EXPECT_EQ(url->host, "example.com:8080");
  EXPECT_EQ(url->target, "/b?q");
  EXPECT_FALSE(url->href.contains('#'));
}

TEST(WebUrl, KnowsDefaultPortsAndAddresses) {
  EXPECT_EQ(WebUrl::parse("http://[::1]/")->authority, (http::Authority{"::1", 80}));
  EXPECT_EQ(WebUrl::parse("https://a/")->authority.port, 443);
  EXPECT_TRUE(WebUrl::parse("https://a/")->tls);
  EXPECT_EQ(WebUrl::parse("http://0x7f.1/")->authority.host, "127.0.0.1");
  EXPECT_EQ(WebUrl::parse("http://a:80")->host, "a");
  EXPECT_EQ(WebUrl::parse("http://a:80")->target, "/");
}

TEST(WebUrl, ResolvesAgainstABase) {
  EXPECT_EQ(WebUrl::parse("../c?d", "http://h/a/b/x")->target, "/a/c?d");
  EXPECT_EQ(WebUrl::parse("//other/x", "http://h/")->host, "other");
}

TEST(WebUrl, RefusesWhatItCannotFetch) {
  for (const char* url : {"/relative", "", "ftp://a/", "file:///etc/passwd", "javascript:1",
                          "http://", "http://a b/"}) {
    const auto parsed = WebUrl::parse(url);
    ASSERT_FALSE(parsed) << url;
    EXPECT_EQ(parsed.error().code, ErrorCode::kFetchBadUrl) << url;
  }
}

// Whatever is vetted by its href has to be the URL that is asked for.
TEST(WebUrl, RefusesAHostThatNoParserTakesAgain) {
  const auto parsed = WebUrl::parse("http:\u052Exn--TTTh:/0");
  ASSERT_FALSE(parsed) << parsed->href;
  EXPECT_EQ(parsed.error().code, ErrorCode::kFetchBadUrl);
  EXPECT_TRUE(WebUrl::parse("http://b\u00fccher.example/"));
  EXPECT_TRUE(WebUrl::parse("http://xn--bcher-kva.example/"));
}

}  // namespace
}  // namespace brink::proxy
