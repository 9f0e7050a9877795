#include "core/proxy/request_headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <vector>

#include "tests/unit/proxy/fake_client.h"
#include "tests/unit/proxy/header_lines.h"

namespace brink::proxy {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;

class RequestHeadersTest : public ::testing::Test {
 protected:
  /// Of a request with these fields besides Host.
  std::vector<std::string> seen(std::vector<HeaderField> fields, HeaderTrust trust = {}) {
    client.head.headers = {{"Host", "example.com"}};
    client.head.headers.append_range(fields);
    headers.clear();
    taken = take_client_headers(client.head.headers, trust, arena, headers);
    scheme = append_forwarding(client, host, taken, trust, arena, headers);
    return lines(headers);
  }

  static constexpr HeaderTrust kTrusted{.forwarded = true};
  static constexpr HeaderTrust kUnderscores{.underscores = true};

  FakeClient client;
  std::string host = "example.com";
  Arena arena;
  std::vector<HeaderField> headers;
  TakenFields taken;
  std::string_view scheme;
};

constexpr std::string_view kForged = "198.51.100.66";

constexpr std::array kNever = {"x-middleware-subrequest",
                               "x-middleware-rewrite",
                               "x-middleware-next",
                               "x-middleware-set-cookie",
                               "x-middleware-override-headers",
                               "x-middleware-request-x-user",
                               "x-middleware-prefetch",
                               "x-invoke-path",
                               "x-invoke-status",
                               "x-nextjs-data",
                               "x-nextjs-rewrite",
                               "x-nextjs-redirect",
                               "x-nextjs-matched-path",
                               "x-matched-path",
                               "x-now-route-matches",
                               "next-resume",
                               "x-next-resume-state-length",
                               "proxy"};
constexpr std::array kForwarding = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host",
                                    "x-forwarded-port", "forwarded"};
constexpr std::array kClaims = {"x-forwarded-ssl",
                                "x-forwarded-prefix",
                                "x-forwarded-server",
                                "x-forwarded-by",
                                "x-forwarded-uri",
                                "x-forwarded",
                                "forwarded-for",
                                "x-real-ip",
                                "x-real-port",
                                "x-client-ip",
                                "client-ip",
                                "true-client-ip",
                                "cf-connecting-ip",
                                "cf-connecting-ipv6",
                                "cf-ipcountry",
                                "cf-visitor",
                                "fastly-client-ip",
                                "fly-client-ip",
                                "x-cluster-client-ip",
                                "x-original-forwarded-for",
                                "x-original-url",
                                "x-original-uri",
                                "x-original-host",
                                "x-rewrite-url",
                                "x-vercel-ip-country",
                                "x-remote-addr",
                                "x-envoy-external-address",
                                "front-end-https",
                                "x-url-scheme",
                                "cloudfront-forwarded-proto"};

/// The name as clients may write it: each dash also as an underscore, in several cases.
std::vector<std::string> spellings(std::string_view name) {
  std::vector<std::string> all{std::string(name)};
  std::string underscored(name);
  std::ranges::replace(underscored, '-', '_');
  all.push_back(underscored);
  for (std::size_t dash = name.find('-'); dash != name.npos; dash = name.find('-', dash + 1)) {
    std::string mixed(name);
    mixed[dash] = '_';
    all.push_back(mixed);
  }
  for (std::size_t i = 0, count = all.size(); i < count; ++i) {
    std::string upper = all[i];
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
    all.push_back(upper);
    std::string capitals = all[i];
    bool first = true;
    for (char& c : capitals) {
      if (first) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      first = c == '-' || c == '_';
    }
    all.push_back(capitals);
  }
  return all;
}

/// The name in each spelling; once, twice, and named in Connection.
template <class Check>
void for_each_form(std::string_view name, Check check) {
  for (const std::string& spelling : spellings(name)) {
    SCOPED_TRACE(spelling);
    const HeaderField forged{spelling, kForged};
    check(std::vector<HeaderField>{forged});
    check(std::vector<HeaderField>{forged, {"a", "b"}, forged});
    const std::string connection = "close, " + spelling;
    check(std::vector<HeaderField>{{"Connection", connection}, forged});
  }
}

TEST_F(RequestHeadersTest, NoSpellingOfAForgedNamePasses) {
  std::vector<std::string_view> names;
  names.append_range(kNever);
  names.append_range(kForwarding);
  names.append_range(kClaims);
  for (const std::string_view name : names) {
    for_each_form(name, [&](const std::vector<HeaderField>& fields) {
      for (const HeaderTrust trust : {HeaderTrust{}, kUnderscores}) {
        for (const std::string& line : seen(fields, trust)) {
          EXPECT_EQ(line.find(kForged), line.npos) << line;
        }
        EXPECT_EQ(scheme, "http");
      }
    });
  }
}

TEST_F(RequestHeadersTest, WithTrustOnlyWhatAProxySaysPassesAndOnlyAsItIsSpelt) {
  for (const std::string_view name : kNever) {
    for_each_form(name, [&](const std::vector<HeaderField>& fields) {
      for (const bool underscores : {false, true}) {
        for (const std::string& line : seen(fields, {true, underscores})) {
          EXPECT_EQ(line.find(kForged), line.npos) << line;
        }
      }
    });
  }
  for (const char* const name : kClaims) {
    EXPECT_THAT(seen({{name, "1"}}, kTrusted), Contains(std::string(name) + ": 1"));
    std::string underscored = name;
    std::ranges::replace(underscored, '-', '_');
    const auto all = seen({{underscored, "1"}}, {.forwarded = true, .underscores = true});
    EXPECT_THAT(all, Not(Contains(underscored + ": 1")));
  }
}

TEST_F(RequestHeadersTest, UnderscoresAreDroppedUnlessAllowed) {
  const std::vector<HeaderField> fields = {
      {"X_User", "root"}, {"_", "1"},        {"a_long_name_of_mine", "1"},
      {"end_", "1"},      {"x-user", "ada"}, {"eight-by_t", "1"}};
  const auto mine = [](std::vector<std::string> all) {
    all.erase(std::ranges::find_if(all, [](const auto& l) { return l.starts_with("x-forw"); }),
              all.end());
    return all;
  };
  EXPECT_THAT(mine(seen(fields)), ElementsAre("Host: example.com", "x-user: ada"));
  EXPECT_THAT(mine(seen(fields, kUnderscores)),
              ElementsAre("Host: example.com", "X_User: root", "_: 1", "a_long_name_of_mine: 1",
                          "end_: 1", "x-user: ada", "eight-by_t: 1"));
}

TEST_F(RequestHeadersTest, FramingAndCookiesHaveNoUnderscoredDouble) {
  for (const char* name : {"Content_Length", "transfer_encoding", "Proxy_Authorization",
                           "keep_alive", "x_forwarded_for", "x_middleware-next"}) {
    EXPECT_THAT(seen({{name, "5"}}, kUnderscores), Not(Contains(StartsWith(name)))) << name;
  }
}

TEST_F(RequestHeadersTest, ATrustedProxyIsExtended) {
  EXPECT_THAT(seen({{"X-Forwarded-For", "203.0.113.7"},
                    {"X-Forwarded-For", "203.0.113.8"},
                    {"Forwarded", "for=203.0.113.7"},
                    {"X-Forwarded-Host", "shop.example:8443"},
                    {"X-Forwarded-Proto", "https"},
                    {"X-Real-IP", "203.0.113.7"}},
                   kTrusted),
              IsSupersetOf({"x-forwarded-for: 203.0.113.7, 203.0.113.8, 192.0.2.1",
                            "x-forwarded-proto: https", "x-forwarded-host: shop.example:8443",
                            "x-forwarded-port: 8443", "X-Real-IP: 203.0.113.7",
                            "forwarded: for=203.0.113.7, "
                            "for=192.0.2.1;host=\"example.com\";proto=https"}));
  EXPECT_EQ(scheme, "https");
}

TEST_F(RequestHeadersTest, TheSchemeIsHttpsWhenAnyProxyWasAskedByIt) {
  const auto scheme_of = [this](const std::vector<std::string_view>& values) {
    std::vector<HeaderField> fields;
    for (const std::string_view value : values) fields.push_back({"X-Forwarded-Proto", value});
    const auto all = seen(fields, kTrusted);
    EXPECT_THAT(all, Contains("x-forwarded-proto: " + std::string(scheme)));
    return std::string(scheme);
  };
  for (std::string_view value : {"https", "HTTPS", "https, https", "https,http", "http, https",
                                 " https ", "https,", "wss", "Https , http"}) {
    EXPECT_EQ(scheme_of({value}), "https") << value;
  }
  for (std::string_view value : {"http", "", "ws", "httpsx", "http, http", "ftp", "https;q=1"}) {
    EXPECT_EQ(scheme_of({value}), "http") << value;
  }
  EXPECT_EQ(scheme_of({"https", "http"}), "https");
  EXPECT_EQ(scheme_of({"http", "https"}), "https");
  EXPECT_EQ(scheme_of({}), "http");
}

TEST_F(RequestHeadersTest, ThePortIsTheClientsOrTheSchemes) {
  const auto port = [this](std::string asked, HeaderTrust trust = {},
                           const std::string& proto = "") {
    host = std::move(asked);
    std::vector<HeaderField> fields;
    if (!proto.empty()) fields.push_back({"x-forwarded-proto", proto});
    seen(fields, trust);
    return std::string(find_header(headers, "x-forwarded-port"));
  };
  EXPECT_EQ(port("example.com"), "80");
  EXPECT_EQ(port("example.com:8080"), "8080");
  EXPECT_EQ(port("[::1]"), "80");
  EXPECT_EQ(port("[::1]:8080"), "8080");
  EXPECT_EQ(port("example.com:"), "80");
  EXPECT_EQ(port("example.com", kTrusted, "https"), "443");
  EXPECT_EQ(port(""), "");  // HTTP/1.0: there is no host, and no port of it
}

TEST_F(RequestHeadersTest, AClientOnAUnixSocketIsUnknown) {
  client.ip = "";
  EXPECT_THAT(seen({}), Contains("forwarded: for=unknown;host=\"example.com\";proto=http"));
  EXPECT_THAT(seen({}), Not(Contains(StartsWith("x-forwarded-for"))));
  EXPECT_THAT(seen({{"x-forwarded-for", "203.0.113.7"}}, kTrusted),
              Contains("x-forwarded-for: 203.0.113.7"));
}

TEST_F(RequestHeadersTest, AnIpv6ClientIsQuoted) {
  client.ip = "2001:db8::1";
  EXPECT_THAT(seen({}),
              IsSupersetOf({"x-forwarded-for: 2001:db8::1",
                            "forwarded: for=\"[2001:db8::1]\";host=\"example.com\";proto=http"}));
}

TEST_F(RequestHeadersTest, SeveralCookieLinesAreOne) {
  EXPECT_THAT(seen({{"Cookie", "a=1"}, {"x", "y"}, {"cookie", "b=2; c=3"}, {"COOKIE", "d=4"}}),
              IsSupersetOf({"Cookie: a=1; b=2; c=3; d=4", "x: y"}));
  EXPECT_EQ(std::ranges::count_if(
                headers, [](const auto& f) { return http::equals_ignore_case(f.name, "cookie"); }),
            1);
  EXPECT_THAT(seen({{"Cookie", "only=1"}}), Contains("Cookie: only=1"));
}

TEST_F(RequestHeadersTest, HopsAreCountedFromVia) {
  const auto hops = [this](std::vector<HeaderField> fields) {
    seen(std::move(fields));
    return taken.hops;
  };
  EXPECT_EQ(hops({}), 0u);
  EXPECT_EQ(hops({{"via", "1.1 brink"}}), 1u);
  EXPECT_EQ(hops({{"Via", "1.0 fred, 1.1 brink (v1), HTTP/1.1 BRINK"}, {"via", "1.1 brink"}}), 3u);
  EXPECT_EQ(hops({{"via", "1.1 brink.example, brink, 1.1 notbrink, ,, 1.1"}}), 0u);
  EXPECT_THAT(seen({{"Via", "1.0 fred"}}), Contains("Via: 1.0 fred"));
}

TEST_F(RequestHeadersTest, ManyLinesCostWhatTheyAreLong) {
  const std::string long_value(150, 'x');
  std::vector<HeaderField> fields(190, HeaderField{"Cookie", long_value});
  seen(fields);
  EXPECT_EQ(find_header(headers, "cookie").size(), 190 * 150 + 189 * 2u);
}

}  // namespace
}  // namespace brink::proxy
