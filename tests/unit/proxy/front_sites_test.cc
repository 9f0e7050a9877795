#include "core/proxy/front_sites.h"

#include <gtest/gtest.h>

#include <string>

namespace brink::proxy {
namespace {

struct NoRequests final : http::RequestHandler {
  void on_request(http::ServerExchange&) override {}
  std::string on_bad_request(std::string_view, const Error&) override { return {}; }
};

class FrontSitesTest : public ::testing::Test {
 protected:
  FrontSites listening(std::string_view address) {
    FrontSites sites(requests);
    sites.set_listener(address);
    return sites;
  }
  NoRequests requests;
};

TEST_F(FrontSitesTest, AListenerOnAnyAddressHasEveryLoopbackName) {
  for (const char* address : {"0.0.0.0:8080", "[::]:8080"}) {
    const FrontSites sites = listening(address);
    EXPECT_EQ(sites.port(), 8080);
    for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "[::1]"}) {
      EXPECT_TRUE(sites.listens_on(host, 8080)) << address << ' ' << host;
      EXPECT_FALSE(sites.listens_on(host, 80)) << address << ' ' << host;
    }
    for (const char* host : {"", "127.example.com", "localhost.example.com", "192.0.2.1"})
      EXPECT_FALSE(sites.listens_on(host, 8080)) << address << ' ' << host;
  }
}

TEST_F(FrontSitesTest, ALoopbackAddressIsLocalhostToo) {
  const FrontSites sites = listening("127.0.0.1:8080");
  EXPECT_TRUE(sites.listens_on("127.0.0.1", 8080));
  EXPECT_TRUE(sites.listens_on("localhost", 8080));
  for (const char* host : {"127.0.0.2", "[::1]"})
    EXPECT_FALSE(sites.listens_on(host, 8080)) << host;
}

TEST_F(FrontSitesTest, AnAddressIsThatAddressOnly) {
  const FrontSites sites = listening("192.0.2.1:80");
  EXPECT_TRUE(sites.listens_on("192.0.2.1", 80));
  EXPECT_FALSE(sites.listens_on("192.0.2.2", 80));
  EXPECT_FALSE(sites.listens_on("localhost", 80));
}

TEST_F(FrontSitesTest, ASocketFileHasNoAddress) {
  const FrontSites sites = listening("unix:/run/brink:80");
  EXPECT_EQ(sites.port(), 0);
  EXPECT_FALSE(sites.listens_on("localhost", 0));
}

}  // namespace
}  // namespace brink::proxy
