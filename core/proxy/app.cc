#include "core/proxy/app.h"

#include <string>
#include <utility>
#include <vector>

namespace brink::proxy {

Result<void> App::build_routes() {
  std::vector<std::string> patterns;
  for (const HandlerFile& handler : files.handlers()) patterns.push_back(handler.route_pattern);
  auto built = Routes::build(patterns);
  if (!built) return std::unexpected(std::move(built).error());
  routes = std::move(*built);
  return {};
}

Result<void> App::read_folder_again() {
  Result<AppFiles> now = scan_app(files.root());
  if (!now) return std::unexpected(std::move(now).error());
  std::swap(files, *now);
  if (auto built = build_routes(); !built) {
    std::swap(files, *now);
    return built;
  }
  has_middleware = files.middleware().has_value();
  reads_bodies.assign(handler_entry(files.handlers().size()), false);
  return {};
}

Result<void> App::use(const supervise::AppDescription& description) {
  std::vector<MatcherSource> sources;
  for (const auto& each : description.matchers) sources.push_back({each.source, each.regexp});
  auto compiled = Matcher::compile(sources);
  if (!compiled) return std::unexpected(std::move(compiled).error());
  matcher = std::move(*compiled);
  matches_every_path = description.matches_every_path;
  return {};
}

bool App::middleware_selects(std::string_view path) {
  if (!has_middleware) return false;
  if (matches_every_path) return true;
  const std::uint64_t hits = matcher.limit_hits();
  const bool selected = matcher.matches(path);
  if (matcher.limit_hits() != hits) {
    log.warn("a matcher reached its limit; the middleware runs", {{"path", path.substr(0, 200)}});
  }
  return selected;
}

}  // namespace brink::proxy
