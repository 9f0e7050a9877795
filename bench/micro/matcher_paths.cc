// Does a path's middleware run?
#include <string>
#include <vector>

#include "bench/micro/path.h"
#include "core/proxy/matcher.h"

namespace brink::bench {
namespace {

// As js-stdlib makes them of '/admin/:path*', '/products/:name' and "everything but assets".
constexpr proxy::MatcherSource kMatchers[] = {
    {"/admin/:path*",
     R"~(^(?:\/(_next\/data\/[^/]{1,}))?\/admin(?:\/((?:[^\/#\?]+?)(?:\/(?:[^\/#\?]+?))*))?(\.json|\.rsc|\.segments\/.+\.segment\.rsc)?[\/#\?]?$)~"},
    {"/products/:name",
     R"~(^(?:\/(_next\/data\/[^/]{1,}))?\/products(?:\/([^\/#\?]+?))(\.json|\.rsc|\.segments\/.+\.segment\.rsc)?[\/#\?]?$)~"},
    {"/((?!api|_next/static|_next/image|favicon.ico|img/).*)",
     R"~(^(?:\/(_next\/data\/[^/]{1,}))?(?:\/((?!api|_next\/static|_next\/image|favicon.ico|img\/).*))(\.json|\.rsc|\.segments\/.+\.segment\.rsc)?[\/#\?]?$)~"},
};

struct Case {
  std::string path;
  bool selected;
};

class MatcherPath : public Path {
 public:
  void run() final {
    for (const Case& one : cases_) require(matcher_.matches(one.path) == one.selected, one.path);
  }

 protected:
  explicit MatcherPath(std::vector<Case> cases) : cases_(std::move(cases)) {
    auto compiled = proxy::Matcher::compile(kMatchers);
    require(compiled.has_value(), compiled ? "" : compiled.error().message);
    matcher_ = std::move(*compiled);
  }

 private:
  proxy::Matcher matcher_;
  const std::vector<Case> cases_;
};

/// What a page asks for: half of it selected, by the first or the last matcher.
struct TypicalMatcherPath final : MatcherPath {
  TypicalMatcherPath()
      : MatcherPath({{"/", true},
                     {"/admin/stock", true},
                     {"/products/lamp", true},
                     {"/_next/static/chunks/main-4f1c2f0a9be94d3c.js", false},
                     {"/api/cart", false},
                     {"/img/lamp%20blue.jpg", false},
                     {"/favicon.ico", false}}) {}
};

/// What makes a matcher try long: many segments, many things that look like the suffixes.
struct HostileMatcherPath final : MatcherPath {
  HostileMatcherPath() : MatcherPath({{hostile(), true}, {"/api" + hostile(), false}}) {}
  static std::string hostile() {
    std::string path;
    for (int i = 0; i < 100; ++i) path += "/a.segments/%2e.json";
    return path;
  }
};

template <class T>
std::unique_ptr<Path> make() {
  return std::make_unique<T>();
}

}  // namespace

std::span<const PathInfo> matcher_paths() {
  static constexpr PathInfo kPaths[] = {
      {"matcher", make<TypicalMatcherPath>, 1000},
      {"matcher-hostile", make<HostileMatcherPath>, 200},
  };
  return kPaths;
}

}  // namespace brink::bench
