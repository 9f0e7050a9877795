// The apps of brink.json.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>

#include "core/config/config.h"

namespace brink {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Deployment parse(std::string_view json, std::span<const ConfigOverride> overrides = {}) {
  Result<Deployment> deployment = parse_config(json, "brink.json", overrides);
  EXPECT_TRUE(deployment) << deployment.error().message;
  return deployment ? std::move(*deployment) : Deployment{};
}

std::string error_of(std::string_view json) {
  const Result<Deployment> deployment = parse_config(json, "brink.json");
  if (deployment) return "(no error)";
  return std::string(error_info(deployment.error().code).name) + " " + deployment.error().message;
}

// One app with this beside its name.
std::string app_error(std::string_view keys) {
  return error_of("{\"apps\":[{\"name\":\"a\"," + std::string(keys) + "}]}");
}

TEST(Apps, WithoutThemThereIsOneWithTheFrontsSettings) {
  const Deployment deployment = parse(R"({"origin": "http://a", "limits": {"cpu_ms": 7}})");
  ASSERT_EQ(deployment.apps.size(), 1u);
  EXPECT_EQ(deployment.apps[0].name, "");
  EXPECT_EQ(deployment.apps[0].origin.host, "a");
  EXPECT_EQ(deployment.apps[0].limits.cpu_ms, 7u);
  EXPECT_THAT(deployment.apps[0].hosts, ElementsAre("*"));
  EXPECT_THAT(deployment.apps[0].paths, ElementsAre("/"));
}

TEST(Apps, WhatStandsAtTheTopIsTheirDefaultWhereverItStands) {
  const Deployment deployment = parse(R"({
    "workers": 3,
    "apps": [
      { "name": "shop", "root": "apps/shop", "hosts": ["Shop.Example.com.", "*.shop.example.com"],
        "origin": "http://shop:1", "workers": 2, "limits": { "cpu_ms": 9 } },
      { "name": "blog", "paths": ["/blog/", "/news"], "timeouts": { "origin_body_ms": 5 } }
    ],
    "origin": "http://main", "limits": { "cpu_ms": 20, "wall_ms": 30 }
  })");
  ASSERT_EQ(deployment.apps.size(), 2u);
  const Config& shop = deployment.apps[0];
  EXPECT_EQ(shop.name, "shop");
  EXPECT_EQ(shop.root, "apps/shop");
  EXPECT_THAT(shop.hosts, ElementsAre("shop.example.com", "*.shop.example.com"));
  EXPECT_THAT(shop.paths, ElementsAre("/"));
  EXPECT_EQ(shop.origin.authority, "shop:1");
  EXPECT_EQ(shop.workers, 2u);
  EXPECT_EQ(shop.limits.cpu_ms, 9u);
  EXPECT_EQ(shop.limits.wall_ms, 30u);
  const Config& blog = deployment.apps[1];
  EXPECT_EQ(blog.root, ".");
  EXPECT_THAT(blog.hosts, ElementsAre("*"));
  EXPECT_THAT(blog.paths, ElementsAre("/blog", "/news"));
  EXPECT_EQ(blog.origin.authority, "main");
  EXPECT_EQ(blog.workers, 3u);
  EXPECT_EQ(blog.limits.cpu_ms, 20u);
  EXPECT_EQ(blog.timeouts.origin_body_ms, 5u);
  EXPECT_EQ(deployment.front.limits.cpu_ms, 20u);
  EXPECT_EQ(deployment.front.name, "");
}

TEST(Apps, OptionsSetWhatStandsAtTheTop) {
  const ConfigOverride options[] = {{"origin", "http://option", "--origin"}};
  const Deployment deployment = parse(R"({"origin": "http://file", "apps": [{"name": "a"},
                {"name": "b", "paths": ["/b"], "origin": "http://own"}]})",
                                      options);
  ASSERT_EQ(deployment.apps.size(), 2u);
  EXPECT_EQ(deployment.apps[0].origin.host, "option");
  EXPECT_EQ(deployment.apps[1].origin.host, "own");
  const ConfigOverride wrong[] = {{"workers", "0", "--workers"}};
  EXPECT_EQ(parse_config("{}", "brink.json", wrong).error().code, ErrorCode::kUsage);
}

TEST(Apps, KeysStandWhereTheyBelong) {
  EXPECT_EQ(app_error(R"("listen": ":80")"),
            "BRINK_CONFIG_INVALID brink.json:1:22: \"listen\" holds for all apps; it can't be an "
            "app's own");
  EXPECT_THAT(app_error(R"("timeouts": {"drain_ms": 1})"),
              HasSubstr("1:35: \"timeouts.drain_ms\" holds for all apps"));
  EXPECT_THAT(error_of(R"({"hosts": ["a"]})"), HasSubstr("1:2: \"hosts\" belongs to an app"));
  EXPECT_THAT(app_error(R"("host": ["a"])"),
              HasSubstr("1:22: there is no key \"host\", did you mean \"hosts\"?"));
  EXPECT_THAT(app_error(R"("apps": [])"), HasSubstr("there is no key \"apps\""));
  EXPECT_THAT(app_error(R"("$schema": "")"), HasSubstr("there is no key \"$schema\""));
  EXPECT_THAT(error_of(R"({"app": []})"), HasSubstr("did you mean \"apps\"?"));
}

TEST(Apps, MustBeAnArrayOfNamedObjects) {
  EXPECT_THAT(error_of(R"({"apps": {}})"), HasSubstr("1:10: \"apps\" must be an array of objects"));
  EXPECT_THAT(error_of(R"({"apps": ["a"]})"),
              HasSubstr("1:11: \"apps\" must be an array of objects"));
  EXPECT_THAT(error_of(R"({"apps": []})"), HasSubstr("1:10: \"apps\" is empty"));
  EXPECT_THAT(error_of(R"({"apps": [{"root": "x"}]})"),
              HasSubstr("1:11: this app has no \"name\""));
  EXPECT_THAT(error_of(R"({"apps": [{"name": "a"}], "apps": []})"), HasSubstr("is here twice"));
  EXPECT_THAT(error_of(R"({"apps": [{"name": "a", "name": "b"}]})"), HasSubstr("is here twice"));
  EXPECT_THAT(error_of(R"({"apps": [{"name": "a"})"), HasSubstr("BRINK_CONFIG_SYNTAX"));
  EXPECT_THAT(error_of(R"({"apps": [{"name": "a"} {}]})"), HasSubstr("BRINK_CONFIG_SYNTAX"));
  for (const char* name : {"", "Shop", "a b", "a.b", "\\u0000",
                           "0123456789012345678901234567890123456789012345678901234567890123"}) {
    EXPECT_THAT(error_of(R"({"apps": [{"name": ")" + std::string(name) + "\"}]}"),
                HasSubstr("1:20: \"name\" must be 1 to 63 of the characters"))
        << name;
  }
  EXPECT_THAT(app_error(R"("root": "")"), HasSubstr("\"root\" must be the path of a folder"));
}

TEST(Apps, ShareNoNameAndNoRoute) {
  EXPECT_THAT(error_of(R"({"apps": [{"name": "a"}, {"name": "a", "paths": ["/b"]}]})"),
              HasSubstr("1:35: another app has the name \"a\""));
  EXPECT_THAT(error_of(R"({"apps": [{"name": "a"}, {"name": "b"}]})"),
              HasSubstr("1:26: the app \"a\" has \"/\" of the host \"*\" already"));
  EXPECT_THAT(error_of(R"({"apps": [{"name": "a", "hosts": ["x.org"]},
                          {"name": "b", "hosts": ["y.org", "X.org."]}]})"),
              HasSubstr("2:50: the app \"a\" has \"/\" of the host \"x.org\" already"));
  EXPECT_THAT(error_of(R"({"apps": [{"name": "a", "paths": ["/x"]},
                          {"name": "b", "paths": ["/x/"]}]})"),
              HasSubstr("2:50: the app \"a\" has \"/x\" of the host \"*\" already"));
  EXPECT_THAT(app_error(R"("hosts": ["x.org", "X.ORG"])"), HasSubstr("is here twice"));
}

TEST(Apps, HostsAreComparedInOneForm) {
  const auto deployment = parse_config(
      R"({"apps": [{"name": "a", "hosts": ["bücher.de", "*.BÜCHER.de", "127.1", "[0:0::1]"]}]})",
      "brink.json");
  ASSERT_TRUE(deployment) << deployment.error().message;
  EXPECT_THAT(deployment->apps[0].hosts,
              ElementsAre("xn--bcher-kva.de", "*.xn--bcher-kva.de", "127.0.0.1", "[::1]"));
  EXPECT_THAT(app_error(R"("hosts": ["bücher.de", "XN--bcher-kva.de."])"),
              HasSubstr("is here twice"));
}

TEST(Apps, HostsAreNamesWithoutPorts) {
  for (const char* host : {"a", "a.b", "A.b.", "*.a", "*", "10.0.0.1", "[::1]", "xn--bcher-kva.de",
                           "under_score.example"}) {
    EXPECT_EQ(app_error("\"hosts\": [\"" + std::string(host) + "\"]"), "(no error)") << host;
  }
  for (const char* host : {"",           ".",   "a..", "a..b", ".a",       "a:80",  "http://a",
                           "a/b",        "*a",  "a.*", "**",   "*.",       "*.*.a", "1.2.3.4.5",
                           "*.10.0.0.1", "::1", "[]",  "[::1", "[::1]:80", "a b",   "a%"}) {
    EXPECT_THAT(app_error("\"hosts\": [\"" + std::string(host) + "\"]"),
                HasSubstr("1:32: \"hosts\": \"" + std::string(host) + "\" must be a host"))
        << host;
  }
  EXPECT_THAT(app_error(R"("hosts": "a")"), HasSubstr("\"hosts\" must be a list of strings"));
  EXPECT_THAT(app_error(R"("hosts": [1])"), HasSubstr("\"hosts\" must be a list of strings"));
}

TEST(Apps, PathsArePrefixesAsTheyReadDecoded) {
  for (const char* path : {"/", "/blog", "/blog/", "/a/b/c", "/büro", "/a b", "/...", "/.x"}) {
    EXPECT_EQ(app_error("\"paths\": [\"" + std::string(path) + "\"]"), "(no error)") << path;
  }
  for (const char* path : {"", "blog", "//", "/a//b", "/a/../b", "/.", "/a/.", "/%62log", "/a?b",
                           "/a#b", "\\\\a", "/a\\\\b", "/a\\n", "*"}) {
    EXPECT_THAT(app_error("\"paths\": [\"" + std::string(path) + "\"]"),
                HasSubstr("must be a path that starts with /"))
        << path;
  }
}

TEST(Apps, VariablesAreAddedToThoseAtTheTop) {
  const Deployment deployment = parse(R"({
    "env": { "STAGE": "live", "KEY": "top" },
    "apps": [{ "name": "a", "env": { "KEY": "own", "__proto__": "x" } }, { "name": "b", "paths": ["/b"] }]
  })");
  ASSERT_EQ(deployment.apps.size(), 2u);
  EXPECT_THAT(deployment.apps[0].env,
              ElementsAre(EnvVariable{"STAGE", "live"}, EnvVariable{"KEY", "own"},
                          EnvVariable{"__proto__", "x"}));
  EXPECT_THAT(deployment.apps[1].env,
              ElementsAre(EnvVariable{"STAGE", "live"}, EnvVariable{"KEY", "top"}));
}

TEST(Apps, VariablesMayComeFromBrinksEnvironment) {
  ::setenv("BRINK_TEST_SECRET", "s3cret", 1);
  ::unsetenv("BRINK_TEST_UNSET");
  const Deployment deployment = parse(R"({"env": {"KEY": {"from_env": "BRINK_TEST_SECRET"}}})");
  EXPECT_THAT(deployment.apps.at(0).env, ElementsAre(EnvVariable{"KEY", "s3cret"}));
  EXPECT_EQ(error_of(R"({"env": {"KEY": {"from_env": "BRINK_TEST_UNSET"}}})"),
            "BRINK_CONFIG_INVALID brink.json:1:17: \"env.KEY\": brink's own environment has no "
            "variable \"BRINK_TEST_UNSET\"; set it before brink starts");
  for (const char* value :
       {"{}", "1", "null", "[]", R"({"from_env": 1})", R"({"from_env": ""})", R"({"from": "HOME"})",
        R"({"from_env": "HOME", "x": "y"})", R"({"from_env": "HOME", "from_env": "HOME"})"}) {
    EXPECT_THAT(error_of(R"({"env": {"KEY": )" + std::string(value) + "}}"),
                HasSubstr("1:17: \"env.KEY\" must be a string or"))
        << value;
  }
}

TEST(Apps, VariablesHaveNamesAndALimit) {
  for (const char* name : {"", "1A", "A-B", "A=B", "Ä", "A B"}) {
    EXPECT_THAT(error_of(R"({"env": {")" + std::string(name) + R"(": ""}})"),
                HasSubstr("is no name of a variable"))
        << name;
  }
  EXPECT_THAT(error_of(R"({"env": {"A": "\u0000"}})"), HasSubstr("NUL"));
  EXPECT_THAT(error_of(R"({"env": {"A": "1", "A": "2"}})"), HasSubstr("is here twice"));
  const auto with_bytes = [](std::size_t bytes) {
    return R"({"env": {"A": ")" + std::string(bytes - 1, 'x') + R"("}})";
  };
  EXPECT_EQ(error_of(with_bytes(kMaxEnv_bytes)), "(no error)");
  EXPECT_THAT(error_of(with_bytes(kMaxEnv_bytes + 1)),
              HasSubstr("1:10: \"env\": \"A\" is too much: all variables together would have 32769 "
                        "bytes, and may have 32768"));
}

}  // namespace
}  // namespace brink
