#include "core/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/config/config_keys.h"

namespace brink {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// What stands at the top of the file.
Result<Config> parse_front(std::string_view json) {
  Result<Deployment> deployment = parse_config(json, "brink.json");
  if (!deployment) return std::unexpected(deployment.error());
  return std::move(deployment->front);
}

std::string error_of(std::string_view json) {
  const Result<Config> config = parse_front(json);
  if (config) return "(no error)";
  return std::string(error_info(config.error().code).name) + " " + config.error().message;
}

TEST(Config, AnEmptyObjectGivesTheDefaults) {
  const Result<Config> config = parse_front("{}");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->listen, "127.0.0.1:8080");
  EXPECT_FALSE(config->origin.configured());
  EXPECT_EQ(config->limits.cpu_ms, 50u);
}

TEST(Config, EveryKeyIsRead) {
  const Result<Config> config = parse_front(R"({
    "$schema": "brink.schema.json",
    "listen": "[::1]:0", "origin": "http://localhost:3000", "workers": 4, "spares": 0,
    "access_log": "off", "log_level": "debug", "trust_forwarded": true,
    "escaped_slashes": "reject",
    "limits": { "cpu_ms": 10, "wall_ms": 20, "memory_mb": 64, "start_cpu_ms": 500,
                "subrequests": 0, "request_body_bytes": 7, "request_head_bytes": 2048 },
    "timeouts": { "client_head_ms": 1, "client_keep_alive_ms": 2, "client_body_ms": 3,
                  "origin_connect_ms": 4, "origin_response_ms": 5, "origin_body_ms": 6,
                  "origin_idle_ms": 7, "drain_ms": 8 },
    "egress": { "allow_private": true, "allow": ["localhost:3000", "*.example.com", "10.0.0.0/8"],
                "deny": [], "ports": ["443", "8000-8999"] }
  })");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->listen, "[::1]:0");
  EXPECT_EQ(config->origin, (OriginConfig{"localhost", 3000, "localhost:3000"}));
  EXPECT_EQ(config->workers, 4u);
  EXPECT_EQ(config->spares, 0u);
  EXPECT_EQ(config->access_log, "off");
  EXPECT_EQ(config->log_level, LogLevel::kDebug);
  EXPECT_TRUE(config->trust_forwarded);
  EXPECT_EQ(config->escaped_slashes, url::EscapedSlashes::kReject);
  EXPECT_EQ(config->limits.request_head_bytes, 2048u);
  EXPECT_EQ(config->limits.subrequests, 0u);
  EXPECT_EQ(config->timeouts.client_head_ms, 1u);
  EXPECT_EQ(config->timeouts.drain_ms, 8u);
  EXPECT_TRUE(config->egress.allow_private);
  EXPECT_THAT(config->egress.allow, ElementsAre("localhost:3000", "*.example.com", "10.0.0.0/8"));
  EXPECT_THAT(config->egress.deny, ElementsAre());
  EXPECT_THAT(config->egress.ports, ElementsAre("443", "8000-8999"));
}

TEST(Config, ErrorsNameTheirPlace) {
  EXPECT_EQ(error_of("{\n  \"origin\": 5\n}"),
            "BRINK_CONFIG_INVALID brink.json:2:13: \"origin\" must be a string");
  EXPECT_EQ(error_of("{\"é\": 1}"), "BRINK_CONFIG_INVALID brink.json:1:2: there is no key \"é\"");
  EXPECT_EQ(error_of("{ \"limits\": {\n\"cpu_ms\": 0 } }"),
            "BRINK_CONFIG_INVALID brink.json:2:11: \"limits.cpu_ms\" must be a whole number from 1 "
            "to 60000 (ms)");
}

TEST(Config, MisspeltKeysGetASuggestion) {
  EXPECT_THAT(error_of(R"({"orgin": ""})"),
              HasSubstr("no key \"orgin\", did you mean \"origin\"?"));
  EXPECT_THAT(error_of(R"({"limit": {}})"), HasSubstr("did you mean \"limits\"?"));
  EXPECT_THAT(error_of(R"({"cpu_ms": 1})"), HasSubstr("did you mean \"limits.cpu_ms\"?"));
  EXPECT_THAT(error_of(R"({"limits": {"cpu": 1}})"), HasSubstr("no key \"limits.cpu\""));
  EXPECT_THAT(error_of(R"({"limits": {"origin": 1}})"), HasSubstr("did you mean \"origin\"?"));
  EXPECT_THAT(error_of(R"({"limits.cpu_ms": 1})"), HasSubstr("no key \"limits.cpu_ms\""));
  EXPECT_THAT(error_of(R"({"limits": {"$schema": ""}})"), HasSubstr("no key \"limits.$schema\""));
}

TEST(Config, WrongTypesAreRefused) {
  for (const std::string_view value : {"\"1\"", "1.5", "-1", "1e2", "null", "[1]", "{}", "true",
                                       "257", "99999999999999999999999"}) {
    EXPECT_THAT(error_of("{\"workers\": " + std::string(value) + "}"),
                HasSubstr("brink.json:1:13: \"workers\" must be a whole number from 1 to 256"))
        << value;
  }
  EXPECT_THAT(error_of(R"({"trust_forwarded": "yes"})"), HasSubstr("must be true or false"));
  EXPECT_THAT(error_of(R"({"limits": []})"), HasSubstr("\"limits\" must be an object"));
  EXPECT_THAT(error_of(R"({"$schema": 1})"), HasSubstr("\"$schema\" must be a string"));
  EXPECT_THAT(error_of("[]"),
              StartsWith("BRINK_CONFIG_INVALID brink.json:1:1: the configuration must be"));
}

TEST(Config, ListsAreOfStringsThatFit) {
  EXPECT_EQ(
      error_of(R"({"egress": {"allow": "localhost"}})"),
      "BRINK_CONFIG_INVALID brink.json:1:22: \"egress.allow\" must be a list of strings, such "
      "as [\"cache.internal:8080\"]");
  EXPECT_EQ(
      error_of(R"({"egress": {"ports": ["80", 443]}})"),
      "BRINK_CONFIG_INVALID brink.json:1:29: \"egress.ports\" must be a list of strings, such "
      "as [\"8000-8999\"]");
  EXPECT_EQ(
      error_of(R"({"egress": {"ports": ["0"]}})"),
      "BRINK_CONFIG_INVALID brink.json:1:23: \"egress.ports\": \"0\" must be a port (\"443\") "
      "or a range of ports (\"8000-8999\")");
  EXPECT_THAT(error_of(R"({"egress": {"allow": ["10.0.0.1/8"]}})"),
              HasSubstr("\"10.0.0.1/8\" is not a block"));
  EXPECT_THAT(error_of(R"({"egress": {"deny": ["a", ]}})"), HasSubstr("brink.json:1:27: "));
  EXPECT_THAT(error_of(R"({"egress": {"deny": ["a")"), StartsWith("BRINK_CONFIG_SYNTAX"));
}

TEST(Config, NoMoreWorkersAreKeptThanThereMayBe) {
  EXPECT_EQ(error_of(R"({"min_workers": 5})"),
            "BRINK_CONFIG_INVALID brink.json:1:17: \"min_workers\" is 5, but \"workers\", the most "
            "there are, is 1");
  EXPECT_THAT(error_of(R"({"workers": 4, "apps": [{"name": "a", "min_workers": 5}]})"),
              HasSubstr("\"min_workers\" is 5, but \"workers\", the most there are, is 4"));
  EXPECT_TRUE(parse_config(R"({"min_workers": 5, "workers": 5})", "brink.json", {}).has_value());
  const ConfigOverride fewer[] = {{.key = "workers", .value = "2", .name = "--workers"}};
  EXPECT_FALSE(
      parse_config(R"({"min_workers": 5, "workers": 5})", "brink.json", fewer).has_value());
}

TEST(Config, DuplicatesAreRefused) {
  EXPECT_THAT(error_of(R"({"workers": 1, "workers": 1})"),
              HasSubstr("1:16: \"workers\" is here twice"));
  EXPECT_THAT(error_of(R"({"workers": 1, "\u0077orkers": 1})"), HasSubstr("is here twice"));
}

TEST(Config, BrokenJsonIsRefusedWithItsPlace) {
  EXPECT_THAT(error_of(""), StartsWith("BRINK_CONFIG_SYNTAX brink.json:1:1: the file is empty"));
  EXPECT_THAT(error_of("{\"workers\": 1,}"), StartsWith("BRINK_CONFIG_SYNTAX brink.json:1:"));
  EXPECT_THAT(error_of("{\"workers\": 1 \"spares\": 1}"),
              StartsWith("BRINK_CONFIG_SYNTAX brink.json:1:"));
  EXPECT_THAT(error_of("{\"workers\" 1}"), StartsWith("BRINK_CONFIG_SYNTAX brink.json:1:"));
  EXPECT_THAT(error_of("{\"workers\": 1"), StartsWith("BRINK_CONFIG_SYNTAX brink.json:1:"));
  EXPECT_THAT(error_of("{} {}"),
              StartsWith("BRINK_CONFIG_SYNTAX brink.json:1:4: nothing may follow"));
  EXPECT_THAT(error_of("{\n\"listen\": \":80}"),
              StartsWith("BRINK_CONFIG_SYNTAX brink.json:2:11: this string has no end"));
  EXPECT_THAT(error_of("{\n\"listen\": \":8\x01\"}"),
              StartsWith("BRINK_CONFIG_SYNTAX brink.json:2:14: a control character"));
  EXPECT_THAT(error_of("{\n\"listen\": \"\xff\"}"),
              StartsWith("BRINK_CONFIG_SYNTAX brink.json:2:12: this is not valid UTF-8"));
  EXPECT_THAT(error_of("{\"listen\": \"\\x\"}"),
              StartsWith("BRINK_CONFIG_SYNTAX brink.json:1:12: "));
  EXPECT_THAT(error_of(std::string(100'000, '[')), HasSubstr("brink.json:1:"));
}

TEST(Config, CommentsAreNamed) {
  EXPECT_THAT(error_of("{\n  // one worker\n  \"workers\": 1\n}"),
              HasSubstr("comments are not allowed"));
  EXPECT_THAT(error_of("{} // done"), HasSubstr("comments are not allowed"));
}

TEST(Config, OriginIsAPlainHttpServer) {
  const auto origin = [](std::string_view url) {
    Config config;
    const auto done = override_config(config, "origin", url, "--origin");
    return done ? config.origin.host + " " + std::to_string(config.origin.port) + " " +
                      config.origin.authority
                : done.error().message;
  };
  EXPECT_EQ(origin("http://Example.com"), "example.com 80 example.com");
  EXPECT_EQ(origin("http://[::1]:3000/"), "::1 3000 [::1]:3000");
  EXPECT_EQ(
      origin("https://example.com"),
      "--origin: \"https://example.com\" is an https URL, which is not supported yet; use http");
  EXPECT_THAT(origin("localhost:3000"), HasSubstr("must be a URL like"));
  EXPECT_THAT(origin("http:localhost"), HasSubstr("must be a URL like"));
  EXPECT_THAT(origin(""), HasSubstr("must be a URL like"));
  EXPECT_THAT(origin("http://a:0"), HasSubstr("must not have port 0"));
  for (const std::string_view url : {"http://a/b", "http://u:p@a", "http://a?b", "http://a#b"}) {
    EXPECT_THAT(origin(url), HasSubstr("scheme, host and port only")) << url;
  }
}

TEST(Config, ListenTakesTheServersForms) {
  Config config;
  for (const std::string_view good :
       {"127.0.0.1:8080", "[::1]:0", ":8080", "localhost:80", "unix:/run/brink.sock"}) {
    EXPECT_TRUE(override_config(config, "listen", good, "--listen")) << good;
    EXPECT_EQ(config.listen, good);
  }
  for (const std::string_view bad :
       {"", "8080", "localhost", "::1:80", "a:99999", "a:", "a:-1", "unix:"}) {
    EXPECT_FALSE(override_config(config, "listen", bad, "--listen")) << bad;
  }
}

TEST(Config, CommandLineValuesHaveTheSameBounds) {
  Config config;
  EXPECT_TRUE(override_config(config, "workers", "3", "--workers"));
  EXPECT_EQ(config.workers, 3u);
  for (const std::string_view bad : {"0", "", "3x", " 3", "-3", "257"}) {
    const auto done = override_config(config, "workers", bad, "--workers");
    ASSERT_FALSE(done) << bad;
    EXPECT_EQ(done.error().code, ErrorCode::kUsage);
    EXPECT_THAT(done.error().message, HasSubstr("must be a whole number from 1 to 256"));
  }
}

TEST(Config, CellsAreANumberOrAuto) {
  EXPECT_EQ(parse_config(R"({"cells": 4})", "f")->front.cells, 4u);
  EXPECT_EQ(parse_config(R"({"cells": "auto"})", "f")->front.cells, 0u);
  constexpr std::string_view kRight = R"(must be a whole number from 1 to 256, or "auto")";
  for (const char* bad : {R"({"cells": 0})", R"({"cells": "many"})", R"({"cells": 257})",
                          R"({"cells": true})", R"({"cells": "2"})"}) {
    const auto parsed = parse_config(bad, "f");
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::kConfigInvalid);
    EXPECT_THAT(parsed.error().message, HasSubstr(kRight));
  }
  Config config;
  EXPECT_TRUE(override_config(config, "cells", "3", "--cells"));
  EXPECT_EQ(config.cells, 3u);
  EXPECT_TRUE(override_config(config, "cells", "auto", "--cells"));
  EXPECT_EQ(config.cells, 0u);
  EXPECT_THAT(override_config(config, "cells", "0", "--cells").error().message, HasSubstr(kRight));
}

TEST(Config, FilesThatCannotBeReadAreNamed) {
  EXPECT_EQ(load_config("/does/not/exist.json").error().message,
            "/does/not/exist.json: No such file or directory");
  EXPECT_THAT(load_config("/tmp").error().message, StartsWith("/tmp: "));
}

TEST(ConfigKeys, EveryDefaultIsWithinItsBounds) {
  Config config;
  std::set<std::string_view> paths;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_TRUE(paths.insert(key.path).second) << key.path;
    EXPECT_TRUE(key.summary.ends_with('.')) << key.path;
    EXPECT_TRUE(key.section().empty() || config_section_summary(key.section())) << key.path;
    if (key.kind == ConfigKey::Kind::kInteger) {
      // Below its bounds stands what a word says ("auto").
      if (key.word.empty()) {
        EXPECT_GE(key.integer(config), key.min) << key.path;
      }
      EXPECT_LE(key.integer(config), key.max) << key.path;
    } else if (key.kind == ConfigKey::Kind::kText) {
      EXPECT_EQ(key.set_text(config, key.example), std::nullopt) << key.path;
      EXPECT_EQ(key.text(config), key.example) << key.path;
    } else if (key.kind == ConfigKey::Kind::kList) {
      EXPECT_EQ(key.add_item(key.list(config), key.example), std::nullopt) << key.path;
      EXPECT_THAT(key.list(config), Contains(key.example)) << key.path;
    }
  }
}

}  // namespace
}  // namespace brink
