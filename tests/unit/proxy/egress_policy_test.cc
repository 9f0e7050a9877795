#include "core/proxy/egress_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/http/upstream.h"
#include "core/proxy/bad_ports.h"

namespace brink::proxy {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// "allowed", or the message.
std::string ask(const EgressConfig& config, std::string_view host, std::string_view address,
                std::uint16_t port = 80) {
  const EgressPolicy policy(config);
  const http::Authority target{std::string(host), port};
  Result<void> answer = policy.check_target(target);
  if (answer) answer = policy.check_address(target, IpAddress::parse(address).value());
  if (answer) return "allowed";
  EXPECT_EQ(answer.error().code, ErrorCode::kFetchForbidden);
  return answer.error().message;
}

TEST(EgressPolicy, ByDefaultAllowsWhatIsPublic) {
  EXPECT_EQ(ask({}, "example.com", "93.184.215.14"), "allowed");
  EXPECT_EQ(ask({}, "example.com", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", 8443), "allowed");
  EXPECT_EQ(ask({}, "example.com", "64:ff9b::93.184.215.14"), "allowed");
}

TEST(EgressPolicy, TheRefusalSaysWhatAndWhyAndWhichKeyAllowsIt) {
  EXPECT_EQ(
      ask({}, "localhost", "127.0.0.1", 3000),
      "localhost:3000 (127.0.0.1, loopback (RFC 1122)) may not be reached: it is not a public "
      "address; an entry in \"egress.allow\", or \"egress.allow_private\", would allow it");
  EXPECT_EQ(ask({}, "fe80::1", "fe80::1"),
            "[fe80::1]:80 (fe80::1, link-local (RFC 4291)) may not be reached: it is not a public "
            "address; an entry in \"egress.allow\" would allow it");
}

TEST(EgressPolicy, AllowPrivateOpensPrivateNetworksOnly) {
  const EgressConfig open{.allow_private = true};
  for (const std::string_view address : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1",
                                         "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1"}) {
    EXPECT_EQ(ask(open, "h", address), "allowed") << address;
  }
  for (const std::string_view address : {"169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1", "::",
                                         "255.255.255.255", "64:ff9b::10.0.0.1", "2002:a00:1::"}) {
    EXPECT_THAT(ask(open, "h", address), HasSubstr("an entry in \"egress.allow\" would"))
        << address;
  }
}

TEST(EgressPolicy, AllowIsByNameAddressAndPort) {
  const EgressConfig config{.allow = {"localhost:3000", "*.internal", "10.0.0.0/8", "[::1]:81"}};
  EXPECT_EQ(ask(config, "localhost", "127.0.0.1", 3000), "allowed");
  EXPECT_EQ(ask(config, "localhost.", "127.0.0.1", 3000), "allowed");
  EXPECT_NE(ask(config, "localhost", "127.0.0.1", 3001), "allowed");
  EXPECT_NE(ask(config, "localtest.example", "127.0.0.1", 3000), "allowed");
  EXPECT_EQ(ask(config, "a.internal", "169.254.1.1"), "allowed");
  EXPECT_EQ(ask(config, "x", "10.9.8.7"), "allowed");
  EXPECT_EQ(ask(config, "x", "::ffff:10.9.8.7"), "allowed");
  EXPECT_NE(ask(config, "x", "64:ff9b::10.9.8.7"), "allowed");  // another host, behind a gateway
  EXPECT_EQ(ask(config, "::1", "::1", 81), "allowed");
  EXPECT_NE(ask(config, "::1", "::1", 80), "allowed");
}

TEST(EgressPolicy, DenyWins) {
  const EgressConfig config{.allow_private = true,
                            .allow = {"a.example", "10.0.0.0/8"},
                            .deny = {"a.example", "*.evil.example:81", "10.1.0.0/16", "8.8.8.8"}};
  EXPECT_EQ(ask(config, "a.example", "93.184.215.14"),
            "a.example:80 may not be reached: \"egress.deny\" has \"a.example\"");
  EXPECT_THAT(ask(config, "a.example.", "93.184.215.14"), HasSubstr("\"a.example\""));
  EXPECT_EQ(ask(config, "b.evil.example", "1.1.1.1", 80), "allowed");
  EXPECT_THAT(ask(config, "b.evil.example", "1.1.1.1", 81), HasSubstr("*.evil.example:81"));
  EXPECT_EQ(ask(config, "x", "10.2.0.1"), "allowed");
  EXPECT_THAT(ask(config, "x", "10.1.0.1"), HasSubstr("has \"10.1.0.0/16\""));
  EXPECT_THAT(ask(config, "x", "::ffff:10.1.0.1"), HasSubstr("has \"10.1.0.0/16\""));
  EXPECT_THAT(ask(config, "x", "64:ff9b::8.8.8.8"), HasSubstr("has \"8.8.8.8\""));
  EXPECT_THAT(ask(config, "x", "2002:808:808::"), HasSubstr("has \"8.8.8.8\""));
}

TEST(EgressPolicy, PortsAreForWhatAllowDoesNotName) {
  const EgressConfig config{.allow = {"9.9.9.9"}, .ports = {"80", "8000-8999"}};
  EXPECT_EQ(ask(config, "x", "1.1.1.1", 80), "allowed");
  EXPECT_EQ(ask(config, "x", "1.1.1.1", 8500), "allowed");
  EXPECT_THAT(ask(config, "x", "1.1.1.1", 443),
              HasSubstr("\"egress.ports\" does not have port 443"));
  EXPECT_EQ(ask(config, "x", "9.9.9.9", 443), "allowed");
}

TEST(EgressPolicy, PortsOfOtherProtocolsAreNeverReached) {
  const EgressConfig config{.allow_private = true, .allow = {"x", "x:25"}, .ports = {"1-65535"}};
  for (const std::uint16_t port : {0, 1, 22, 25, 53, 110, 143, 6000, 6667, 10080}) {
    EXPECT_TRUE(is_bad_port(port)) << port;
    EXPECT_THAT(ask(config, "x", "1.1.1.1", port), HasSubstr("the Fetch standard blocks")) << port;
  }
  for (const std::uint16_t port : {80, 443, 3000, 6379, 8080, 65535}) {
    EXPECT_EQ(ask(config, "x", "1.1.1.1", port), "allowed") << port;
  }
}

TEST(EgressPolicy, IsDescribedInOneLine) {
  EXPECT_EQ(describe_egress({}), "public addresses");
  EXPECT_EQ(
      describe_egress(
          {.allow_private = true, .allow = {"a", "b:1"}, .deny = {"c"}, .ports = {"80", "90-99"}}),
      "public and private addresses on ports 80, 90-99; also a, b:1; never c");
}

}  // namespace
}  // namespace brink::proxy
