#include "core/proxy/app_table.h"

#include <algorithm>

#include "core/url/host.h"
#include "core/url/target.h"

namespace brink::proxy {
namespace {

std::size_t count(std::string_view text, char c) {
  return static_cast<std::size_t>(std::ranges::count(text, c));
}

}  // namespace

void AppTable::add(std::string_view host, std::string_view path, std::size_t app) {
  Paths* paths = &others_;
  if (host.starts_with("*.")) {
    const std::string_view suffix = host.substr(2);
    most_labels_ = std::max(most_labels_, count(suffix, '.') + 1);
    paths = &wildcards_[std::string(suffix)];
  } else if (host != "*") {
    paths = &names_[std::string(host)];
  }
  if (path == "/") {
    paths->root = app;
    return;
  }
  has_prefixes_ = true;
  paths->deepest = std::max(paths->deepest, count(path, '/'));
  paths->prefixes.emplace(path, app);
}

std::optional<std::size_t> AppTable::Paths::find(std::string_view path) const {
  // The end of the last segment that a prefix may have.
  std::size_t end = 0;
  for (std::size_t i = 0; i < deepest && end < path.size(); ++i)
    end = std::min(path.find('/', end + 1), path.size());
  for (; end > 0; end = path.rfind('/', end - 1)) {
    if (const auto found = prefixes.find(path.substr(0, end)); found != prefixes.end())
      return found->second;
  }
  return root;
}

Result<std::optional<std::size_t>> AppTable::find(std::string_view host,
                                                  std::string_view path) const {
  if (names_.empty() && wildcards_.empty() && !has_prefixes_) return others_.root;
  const std::string_view name = url::host_name(host);
  if (!has_prefixes_ || !path.starts_with('/')) return find_reading(name, "/");
  const std::optional<std::size_t> app =
      find_reading(name, path.contains('%') ? url::literal_reading(path) : path);
  const auto readings = url::other_readings(path);
  const bool clear = readings && std::ranges::all_of(*readings, [&](const std::string& reading) {
                       return find_reading(name, reading) == app;
                     });
  if (clear) return app;
  return fail(ErrorCode::kBadRequest,
              "the path can be read in more than one way, and another app would answer for it");
}

bool AppTable::names(std::string_view name) const { return names_.contains(name); }

std::optional<std::size_t> AppTable::find_reading(std::string_view name,
                                                  std::string_view path) const {
  if (const auto found = names_.find(name); found != names_.end()) {
    if (const auto app = found->second.find(path)) return app;
  }
  std::size_t labels = most_labels_ == 0 ? 0 : count(name, '.');  // behind the first dot
  for (std::size_t dot = name.find('.'); labels > 0; dot = name.find('.', dot + 1), --labels) {
    if (labels > most_labels_) continue;
    const auto found = wildcards_.find(name.substr(dot + 1));
    if (found == wildcards_.end()) continue;
    if (const auto app = found->second.find(path)) return app;
  }
  return others_.find(path);
}

}  // namespace brink::proxy
