#include "core/proxy/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/unit/proxy/matcher_fixtures.h"

namespace brink::proxy {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Result<Matcher> compile(std::string_view regexp) {
  const MatcherSource source{"/source", regexp};
  return Matcher::compile({&source, 1});
}

std::string error_of(std::string_view regexp) {
  const Result<Matcher> matcher = compile(regexp);
  if (matcher) return "(no error)";
  EXPECT_EQ(matcher.error().code, ErrorCode::kMatcherInvalid);
  return matcher.error().message;
}

TEST(Matcher, SelectsWhatNextSelects) {
  for (const MatcherFixture& fixture : matcher_fixtures()) {
    Result<Matcher> matcher = compile(fixture.regexp);
    ASSERT_TRUE(matcher) << matcher.error().message;
    for (const auto& [path, selected] : fixture.cases) {
      EXPECT_EQ(matcher->matches(path), selected) << path << " with " << fixture.regexp;
    }
    EXPECT_EQ(matcher->limit_hits(), 0u);
  }
}

TEST(Matcher, OneOfSeveralIsEnough) {
  const std::vector<MatcherSource> sources = {{"/a", R"(^\/a[\/#\?]?$)"},
                                              {"/b/:id", R"(^\/b(?:\/([^\/#\?]+?))[\/#\?]?$)"}};
  Result<Matcher> matcher = Matcher::compile(sources);
  ASSERT_TRUE(matcher);
  EXPECT_TRUE(matcher->matches("/a"));
  EXPECT_TRUE(matcher->matches("/b/1"));
  EXPECT_FALSE(matcher->matches("/c"));
}

TEST(Matcher, NothingSelectsNothing) {
  EXPECT_FALSE(Matcher().matches("/"));
  Result<Matcher> matcher = Matcher::compile({});
  ASSERT_TRUE(matcher);
  EXPECT_FALSE(matcher->matches("/"));
}

TEST(Matcher, BytesThatAreNotUtf8AreSelected) {
  Result<Matcher> matcher = compile("^/never$");
  ASSERT_TRUE(matcher);
  EXPECT_TRUE(matcher->matches("/\xff"));
  EXPECT_FALSE(matcher->matches("/%ff"));  // escaped: read as U+FFFD
}

TEST(Matcher, AMatcherThatNeverEndsIsCutOffAndSelects) {
  for (const std::string_view regexp :
       {"^/(a+)+$", "^/(a|aa)+$", "^/((((a*)*)*)*)*[bc]$", "^/(.*)(.*)(.*)(.*)(.*)(.*)[xy]$"}) {
    Result<Matcher> matcher = compile(regexp);
    ASSERT_TRUE(matcher) << matcher.error().message;
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(matcher->matches("/" + std::string(5'000, 'a') + "!")) << regexp;
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1)) << regexp;
    EXPECT_EQ(matcher->limit_hits(), 1u);
  }
}

TEST(Matcher, ALongOrdinaryPathReachesNoLimit) {
  for (const MatcherFixture& fixture : matcher_fixtures()) {
    Result<Matcher> matcher = compile(fixture.regexp);
    ASSERT_TRUE(matcher);
    std::string path;
    for (int i = 0; i < 500; ++i) path += "/about/dashboard";
    matcher->matches(path);
    matcher->matches("/about/" + std::string(8'000, 'a'));
    EXPECT_EQ(matcher->limit_hits(), 0u) << fixture.regexp;
  }
}

TEST(Matcher, BrokenExpressionsAreNamedWithTheirPlace) {
  EXPECT_THAT(error_of("^/(a"), StartsWith("config.matcher \"/source\": "));
  EXPECT_THAT(error_of("^/(a"), HasSubstr("at offset 4 of /^/(a/"));
  EXPECT_THAT(error_of("^/[b-a]$"), HasSubstr("at offset"));
  EXPECT_THAT(error_of(std::string(40'000, 'a')), HasSubstr("longer than 32 KiB"));
  const std::vector<MatcherSource> many(257, MatcherSource{"/a", "a"});
  EXPECT_FALSE(Matcher::compile(many));
}

TEST(Matcher, SyntaxWithAnotherMeaningInJavaScriptIsRefused) {
  for (const std::string_view regexp :
       {R"(\Aa)", R"(a\z)", R"(\Qa\E)", R"(\h)", R"(\p{L})", R"(\K)", "(?>a)", "(?R)", "(*UTF)a",
        "(*ACCEPT)", "(?#x)", "[[:alpha:]]", "(?P<x>a)"}) {
    EXPECT_THAT(error_of(regexp), HasSubstr("is not supported in a matcher")) << regexp;
  }
  EXPECT_EQ(error_of(R"(^\/[\w\-.]+\\A$)"), "(no error)");
}

}  // namespace
}  // namespace brink::proxy
