#pragma once

#include <string_view>
#include <vector>

/// Matchers as Next.js 16 compiles them (its data prefix and suffixes, path-to-regexp 6.3), and
/// hand-written JavaScript ones, each with paths and what JavaScript's RegExp answers for the raw
/// or the decoded path.
namespace brink::proxy {

struct MatcherFixture {
  struct Case {
    std::string_view path;
    bool selected;
  };
  std::string_view regexp;
  std::vector<Case> cases;
};

// clang-format off
inline const std::vector<MatcherFixture>& matcher_fixtures() {
  static const std::vector<MatcherFixture> kFixtures = {
    {R"~(^(?:\/(_next\/data\/[^/]{1,}))?(?:\/(\/?index|\/?index\.json|\/?index(?:\.rsc|\.segments\/.+\.segment\.rsc)))?[\/#\?]?$)~",
     {{"/", true},
      {"/index", true},
      {"/index.json", true},
      {"/_next/data/b1/index.json", true},
      {"/a", false},
      {"", true},
      {"//", false}}},
    {R"~(^(?:\/(_next\/data\/[^/]{1,}))?\/about(?:\/((?:[^\/#\?]+?)(?:\/(?:[^\/#\?]+?))*))?(\.json|\.rsc|\.segments\/.+\.segment\.rsc)?[\/#\?]?$)~",
     {{"/about", true},
      {"/about/", true},
      {"/about/a", true},
      {"/about/a/b", true},
      {"/aboutx", false},
      {"/About", false},
      {"/about.json", true},
      {"/about/a.rsc", true},
      {"/about/a.segments/x.segment.rsc", true},
      {"/_next/data/b1/about/a.json", true},
      {"/_next/data/b1/x/about", false},
      {"/%61bout", true},
      {"/about/%E0%A4", true},
      {"/about/%2e%2e", true},
      {"/about//a", false}}},
    {R"~(^(?:\/(_next\/data\/[^/]{1,}))?(?:\/((?!api|_next\/static|_next\/image|favicon.ico).*))(\.json|\.rsc|\.segments\/.+\.segment\.rsc)?[\/#\?]?$)~",
     {{"/", true},
      {"/a", true},
      {"/api", false},
      {"/api/x", false},
      {"/apix", false},
      {"/x/api", true},
      {"/_next/static/a.js", false},
      {"/_next/data/b/api.json", true},
      {"/favicon.ico", false},
      {"/%61pi", true},
      {"/a%0Ab", true},
      {"/_next/image?", false},
      {"/é", true},
      {"/%C3%A9", true}}},
    {R"~(^(?:\/(_next\/data\/[^/]{1,}))?\/a(\.json|\.rsc|\.segments\/.+\.segment\.rsc)?[\/#\?]?$)~",
     {{"/a", true},
      {"/a/", true},
      {"/a/b", false},
      {"/b", false},
      {"/a.json", true},
      {"/A", false}}},
    {R"~(^(?:\/(_next\/data\/[^/]{1,}))?\/b(?:\/([^\/#\?]+?))(\.json|\.rsc|\.segments\/.+\.segment\.rsc)?[\/#\?]?$)~",
     {{"/b", false},
      {"/b/1", true},
      {"/b/1/", true},
      {"/b/1/2", false},
      {"/b/%2F", true},
      {"/b/a%2Fb", true},
      {"/b/%", true},
      {"/b/%ff", true}}},
    {R"~(^\/dashboard(?:\/((?:[^\/#\?]+?)(?:\/(?:[^\/#\?]+?))*))[\/#\?]?$)~",
     {{"/dashboard", false},
      {"/dashboard/a", true},
      {"/dashboard/a/b", true}}},
    {R"~(^(?:\/(\d+))[\/#\?]?$)~",
     {{"/12", true},
      {"/12a", false},
      {"/٣", false},
      {"/", false}}},
    {R"~(^\/é(?:\/([^\/#\?]+?))[\/#\?]?$)~",
     {{"/é/a", true},
      {"/%C3%A9/a", true},
      {"/e/a", false}}},
    {R"~(^\/file(?:\.((?:(?!\.)[^\/#\?])+?))[\/#\?]?$)~",
     {{"/file.txt", true},
      {"/file.tar.gz", false},
      {"/file", false},
      {"/file.", false}}},
    {R"~(^/(?<lang>en|de)(/[^]*)?$)~",
     {{"/en", true},
      {"/de/x", true},
      {"/fr", false},
      {"/en/a%0Ab", true},
      {"/enx", false}}},
    {R"~(^/x[\u00e0-\u00fc]$)~",
     {{"/x%C3%A9", true},
      {"/xé", true},
      {"/xe", false}}},
    {R"~(^/(a)?\1b$)~",
     {{"/b", true},
      {"/aab", true},
      {"/ab", false}}},
    {R"~(^/a$|[])~",
     {{"/a", true},
      {"/a%0A", false},
      {"/a\n", false}}},
    {R"~(/mid)~",
     {{"/mid", true},
      {"/x/mid/y", true},
      {"/", false}}},
  };
  return kFixtures;
}
// clang-format on

}  // namespace brink::proxy
