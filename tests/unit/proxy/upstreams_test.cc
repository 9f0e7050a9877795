#include "core/proxy/upstreams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/proxy/web_url.h"
#include "tests/unit/http/test_peer.h"
#include "tests/unit/proxy/address_forms.h"

namespace brink::proxy {
namespace {

using http::test::run_until;

/// Listens on one port of 127.0.0.1 and, where the machine has it, of ::1; counts who connects.
class Trap {
 public:
  Trap() {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!listen(v4_, AF_INET, v4)) std::abort();
    socklen_t size = sizeof v4;
    ::getsockname(v4_, reinterpret_cast<sockaddr*>(&v4), &size);
    port_ = ntohs(v4.sin_port);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_loopback;
    v6.sin6_port = v4.sin_port;
    has_v6_ = listen(v6_, AF_INET6, v6);
  }
  ~Trap() {
    ::close(v4_);
    ::close(v6_);
  }
  Trap(const Trap&) = delete;
  Trap& operator=(const Trap&) = delete;

  std::uint16_t port() const { return port_; }
  bool has_v6() const { return has_v6_; }
  /// How many have connected since it was asked last.
  int caught() {
    int count = 0;
    for (const int listener : {v4_, v6_}) {
      for (int fd = 0; (fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ++count)
        ::close(fd);
    }
    return count;
  }

 private:
  template <typename Address>
  static bool listen(int& fd, int family, const Address& address) {
    fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd >= 0 &&
           ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
           ::listen(fd, 256) == 0;
  }

  int v4_ = -1;
  int v6_ = -1;
  bool has_v6_ = false;
  std::uint16_t port_ = 0;
};

class Outcome : public http::UpstreamObserver {
 public:
  void on_interim(std::uint16_t, HeaderSpan) override {}
  void on_response(const http::ResponseHead&, http::IncomingBody*) override {}
  void on_upstream_error(const Error& broken) override { error = broken; }
  std::optional<Error> error;
};

class UpstreamsTest : public ::testing::Test {
 public:
  // The error's name.
  std::string fetch(Upstreams& upstreams, const std::string& url) {
    const Result<WebUrl> parsed = WebUrl::parse(url);
    if (!parsed) return std::string(error_info(parsed.error().code).name);
    Outcome outcome;
    auto request = upstreams.for_target(parsed->authority)
                       .start(parsed->authority, {.method = "GET", .target = "/"}, outcome);
    EXPECT_TRUE(run_until(loop, [&] { return outcome.error.has_value(); })) << url;
    return outcome.error ? std::string(error_info(outcome.error->code).name) : "nothing";
  }

  std::string url_of(std::string_view host) {
    return "http://" + std::string(host) + ":" + std::to_string(trap.port()) + "/";
  }

  EventLoop loop;
  Trap trap;
  Config config;
};

TEST_F(UpstreamsTest, NoFormOfAnAddressReachesThisMachine) {
  Upstreams upstreams(loop, config);
  std::set<std::string_view> forms;
  const auto expect_refused = [&](std::span<const std::string_view> hosts,
                                  std::string_view with_code) {
    for (const std::string_view host : hosts) {
      EXPECT_TRUE(forms.insert(host).second) << host << " is here twice";
      EXPECT_EQ(fetch(upstreams, url_of(host)), with_code) << host;
    }
  };
  expect_refused(kThisMachine, "BRINK_FETCH_FORBIDDEN");
  expect_refused(kThisMachineV6, "BRINK_FETCH_FORBIDDEN");
  expect_refused(kOthers, "BRINK_FETCH_FORBIDDEN");
  expect_refused(kNoHosts, "BRINK_FETCH_BAD_URL");
  const int caught = trap.caught();
  EXPECT_EQ(caught, 0);
  EXPECT_GE(forms.size(), 100u);
  std::cout << forms.size() << " address forms, " << caught << " connections made\n";
}

// Without this, the test above could be one that cannot fail.
TEST_F(UpstreamsTest, TheSameFormsReachItWhenTheyAreAllowed) {
  config.egress.allow = {"0.0.0.0/0", "::/0"};
  Upstreams upstreams(loop, config);
  int reached = 0;
  const auto expect_reached = [&](std::span<const std::string_view> hosts) {
    for (const std::string_view host : hosts) {
      const Result<WebUrl> url = WebUrl::parse(url_of(host));
      ASSERT_TRUE(url) << host;
      Outcome outcome;
      auto request = upstreams.for_target(url->authority)
                         .start(url->authority, {.method = "GET", .target = "/"}, outcome);
      int caught = 0;
      EXPECT_TRUE(run_until(loop, [&] { return (caught += trap.caught()) > 0 || outcome.error; }));
      EXPECT_EQ(caught, 1) << host << (outcome.error ? ": " + outcome.error->message : "");
      reached += caught;
    }
  };
  expect_reached(kThisMachine);
  if (trap.has_v6()) expect_reached(kThisMachineV6);
  std::cout << reached << " of the forms reach a listener that is allowed\n";
}

TEST_F(UpstreamsTest, NamesThatAreTooLongReachNothing) {
  Upstreams upstreams(loop, config);
  // CVE-2024-24806: names were cut at 256 bytes, and what was left could be an address.
  const std::string zeros(249, '0');
  for (const std::string& host : {"0x" + zeros + "7f000001", zeros + "17700000001",
                                  "0x" + std::string(300, '0') + "7f000001"}) {
    EXPECT_EQ(fetch(upstreams, url_of(host)), "BRINK_FETCH_FORBIDDEN") << host;
  }
  for (const std::string& host : {std::string(300, 'a'), "127.0.0.1." + std::string(300, 'a'),
                                  std::string(255, 'a') + ".127.0.0.a"}) {
    EXPECT_EQ(fetch(upstreams, url_of(host)), "BRINK_ORIGIN_UNREACHABLE") << host;
  }
  EXPECT_EQ(trap.caught(), 0);
}

/// Gives 127.0.0.1 for every name.
class LoopbackResolver : public http::Resolver {
 public:
  explicit LoopbackResolver(EventLoop& loop) : loop_(loop) {}
  std::unique_ptr<Lookup> resolve(const std::string&, Done done) override {
    ++questions;
    sockaddr_storage storage{};
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    loop_.defer([done = std::move(done), storage] { done(0, {storage}); });
    return std::make_unique<Lookup>();
  }
  int questions = 0;

 private:
  EventLoop& loop_;
};

TEST_F(UpstreamsTest, TheOriginIsReachedByItsOwnNameAndPortOnly) {
  config.origin = {.host = "origin.example", .port = trap.port(), .authority = "origin.example"};
  Upstreams upstreams(loop, config,
                      {.origin_names = std::make_unique<LoopbackResolver>(loop),
                       .other_names = std::make_unique<LoopbackResolver>(loop)});
  http::UpstreamPool& origin = upstreams.origin();
  EXPECT_EQ(&upstreams.for_target({"origin.example", trap.port()}), &origin);

  Outcome outcome;
  const http::Authority authority{"origin.example", trap.port()};
  auto request = origin.start(authority, {.method = "GET", .target = "/"}, outcome);
  EXPECT_TRUE(run_until(loop, [&] { return trap.caught() == 1; }));

  for (const std::string_view host : {"origin.example.", "www.origin.example", "127.0.0.1"}) {
    EXPECT_EQ(fetch(upstreams, url_of(host)), "BRINK_FETCH_FORBIDDEN") << host;
  }
  EXPECT_EQ(fetch(upstreams, "http://origin.example:8080/"), "BRINK_FETCH_FORBIDDEN");
  EXPECT_EQ(trap.caught(), 0);
}

TEST_F(UpstreamsTest, TheRefusalArrivesWhole) {
  Upstreams upstreams(loop, config);
  Outcome outcome;
  auto request = upstreams.for_target({"127.0.0.1", 8080})
                     .start({"127.0.0.1", 8080}, {.method = "GET", .target = "/"}, outcome);
  ASSERT_TRUE(run_until(loop, [&] { return outcome.error.has_value(); }));
  EXPECT_THAT(outcome.error->message,
              ::testing::StartsWith("127.0.0.1:8080 (127.0.0.1, loopback (RFC 1122)) may not"));
}

TEST_F(UpstreamsTest, WithoutAnOriginEveryTargetIsPoliced) {
  Upstreams upstreams(loop, config);
  EXPECT_NE(&upstreams.for_target({"", 80}), &upstreams.origin());
}

}  // namespace
}  // namespace brink::proxy
