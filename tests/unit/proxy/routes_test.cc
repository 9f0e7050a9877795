#include "core/proxy/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace brink::proxy {
namespace {

using ::testing::HasSubstr;

class RoutesTest : public ::testing::Test {
 protected:
  void build(std::vector<std::string> patterns) {
    patterns_ = std::move(patterns);
    Result<Routes> routes = Routes::build(patterns_);
    ASSERT_TRUE(routes) << routes.error().message;
    routes_ = *std::move(routes);
  }

  /// "/api/[id] id=1", "-" when nothing matches, or the error's code.
  std::string match(std::string_view path) const {
    const Result<std::optional<RouteMatch>> found = routes_.match(path);
    if (!found) return std::string(error_info(found.error().code).name);
    if (!*found) return "-";
    std::string text = patterns_.at((*found)->entry);
    for (const auto& [name, value] : (*found)->params) text += " " + name + "=" + value;
    if ((*found)->trailing_slash) text += " (slash)";
    return text;
  }

  std::vector<std::string> patterns_;
  Routes routes_;
};

std::string error_of(std::vector<std::string> patterns) {
  const Result<Routes> routes = Routes::build(patterns);
  if (routes) return "(no error)";
  EXPECT_EQ(routes.error().code, ErrorCode::kAppInvalid);
  return routes.error().message;
}

TEST_F(RoutesTest, StaticThenDynamicThenCatchAll) {
  build({"/api/[[...any]]", "/api/users/[id]", "/api/users/me", "/api/users/[...rest]",
         "/api/users"});
  EXPECT_EQ(match("/api"), "/api/[[...any]]");
  EXPECT_EQ(match("/api/x/y"), "/api/[[...any]] any=x any=y");
  EXPECT_EQ(match("/api/users"), "/api/users");
  EXPECT_EQ(match("/api/users/me"), "/api/users/me");
  EXPECT_EQ(match("/api/users/7"), "/api/users/[id] id=7");
  EXPECT_EQ(match("/api/users/7/posts"), "/api/users/[...rest] rest=7 rest=posts");
  EXPECT_EQ(match("/"), "-");
  EXPECT_EQ(match("/apix"), "-");
  EXPECT_EQ(match("/API/users"), "-");
  EXPECT_EQ(match(""), "-");
  EXPECT_EQ(match("*"), "-");
}

TEST_F(RoutesTest, TriesTheNextKindWhenTheRestDoesNotFit) {
  build({"/api/a/b", "/api/[x]/c", "/api/[...y]"});
  EXPECT_EQ(match("/api/a/b"), "/api/a/b");
  EXPECT_EQ(match("/api/a/c"), "/api/[x]/c x=a");
  EXPECT_EQ(match("/api/a/d"), "/api/[...y] y=a y=d");
  EXPECT_EQ(match("/api"), "-");
}

TEST_F(RoutesTest, ParametersAreDecodedOnce) {
  build({"/api/[id]", "/api/all/[...rest]"});
  EXPECT_EQ(match("/api/a%20b%2Fc%2520"), "/api/[id] id=a b/c%20");
  EXPECT_EQ(match("/api/caf%C3%A9"), "/api/[id] id=café");
  EXPECT_EQ(match("/api/all/a%2Fb/c"), "/api/all/[...rest] rest=a/b rest=c");
  EXPECT_EQ(match("/api/%61ll/x"), "/api/all/[...rest] rest=x");
}

TEST_F(RoutesTest, BadEncodingIsABadRequestOnlyWhereAHandlerWouldSeeIt) {
  build({"/api/[id]", "/api/fixed/x"});
  for (const std::string_view path :
       {"/api/%", "/api/%4", "/api/%zz", "/api/%ff", "/api/%c3%28", "/api/%ed%a0%80"}) {
    EXPECT_EQ(match(path), "BRINK_BAD_REQUEST") << path;
  }
  EXPECT_EQ(match("/other/%ff"), "-");
  EXPECT_EQ(match("/api/fixed/%"), "-");
}

TEST_F(RoutesTest, OneTrailingSlashIsReportedAndEmptySegmentsDoNotMatch) {
  build({"/api", "/api/[id]", "/api/all/[...rest]"});
  EXPECT_EQ(match("/api/"), "/api (slash)");
  EXPECT_EQ(match("/api/1/"), "/api/[id] id=1 (slash)");
  EXPECT_EQ(match("/api//"), "-");
  EXPECT_EQ(match("//api"), "-");
  EXPECT_EQ(match("/api//1"), "-");
  EXPECT_EQ(match("/api/all/a//b"), "-");
}

TEST_F(RoutesTest, DynamicFoldersAndNames) {
  build({"/api/[team]/users/[user-id]", "/api/[team]/users", "/api/a.b/c"});
  EXPECT_EQ(match("/api/x/users/y"), "/api/[team]/users/[user-id] team=x user-id=y");
  EXPECT_EQ(match("/api/x/users"), "/api/[team]/users team=x");
  EXPECT_EQ(match("/api/a.b/users"), "/api/[team]/users team=a.b");
  EXPECT_EQ(match("/api/a.b/c"), "/api/a.b/c");
}

TEST_F(RoutesTest, NoHandlersMatchNothing) {
  build({});
  EXPECT_TRUE(routes_.empty());
  EXPECT_EQ(match("/api"), "-");
}

TEST(Routes, ConflictsAreRefusedWithBothNames) {
  EXPECT_EQ(error_of({"/api/[id]", "/api/[name]/x"}),
            "routes /api/[id] and /api/[name]/x conflict: one place has two parameter names, [id] "
            "and [name]");
  EXPECT_THAT(error_of({"/api/[...a]", "/api/[[...b]]"}), HasSubstr("two catch-alls"));
  EXPECT_THAT(error_of({"/api", "/api/[[...b]]"}), HasSubstr("matches its own folder"));
  EXPECT_THAT(error_of({"/api/[[...b]]", "/api"}), HasSubstr("matches its own folder"));
  EXPECT_THAT(error_of({"/api/a", "/api/a"}), HasSubstr("they are the same"));
  EXPECT_EQ(error_of({"/api/[id]", "/api/[...id]"}), "(no error)");
}

TEST(Routes, NamesThatAreNoRouteAreRefused) {
  EXPECT_THAT(error_of({"/api/[...a]/b"}), HasSubstr("a catch-all must be last"));
  EXPECT_THAT(error_of({"/api/[[...a]]/b"}), HasSubstr("a catch-all must be last"));
  EXPECT_THAT(error_of({"/api/[[a]]"}), HasSubstr("only a catch-all can be optional"));
  EXPECT_THAT(error_of({"/api/[a]/[a]"}), HasSubstr("'a' is there twice"));
  EXPECT_THAT(error_of({"/api/[]"}), HasSubstr("without a name"));
  EXPECT_THAT(error_of({"/api/[...]"}), HasSubstr("without a name"));
  EXPECT_THAT(error_of({"/api/[..a]"}), HasSubstr("start with a '.'"));
  EXPECT_THAT(error_of({"/api/x[a]"}), HasSubstr("enclose the whole name"));
  EXPECT_THAT(error_of({"/api/[a]x"}), HasSubstr("enclose the whole name"));
  EXPECT_THAT(error_of({"/api/[a"}), HasSubstr("enclose the whole name"));
  EXPECT_THAT(error_of({"/api/[[...a]"}), HasSubstr("route /api/[[...a]"));
  EXPECT_THAT(error_of({"api"}), HasSubstr("must start with '/'"));
}

}  // namespace
}  // namespace brink::proxy
