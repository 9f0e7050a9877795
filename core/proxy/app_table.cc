#include "core/proxy/app_table.h"

#include <algorithm>
#include <array>

#include "core/proxy/percent.h"

namespace brink::proxy {
namespace {

constexpr std::size_t kMaxHost_bytes = 255;

std::size_t count(std::string_view text, char c) {
  return static_cast<std::size_t>(std::ranges::count(text, c));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Without port and final dot, in lower case.
std::string_view plain_host(std::string_view host, std::array<char, kMaxHost_bytes>& storage) {
  const std::size_t end = host.starts_with('[') ? host.find(']') + 1 : host.find(':');
  host = host.substr(0, end);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() > storage.size()) return {};
  std::ranges::transform(host, storage.begin(), lower);
  return {storage.data(), host.size()};
}

}  // namespace

std::string_view plain_path(std::string_view target, std::string& storage) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (!path.starts_with('/')) return "/";  // "*"
  const bool plain =
      path.find_first_of("%\\") == path.npos && !path.contains("//") && !path.contains("/.");
  if (plain) return path;

  std::string decoded = percent_decode_lenient(path);
  std::ranges::replace(decoded, '\\', '/');
  storage.clear();
  for (std::size_t at = 0; at < decoded.size();) {
    const std::size_t end = std::min(decoded.find('/', at + 1), decoded.size());
    const std::string_view segment = std::string_view(decoded).substr(at + 1, end - at - 1);
    if (segment == "..") {
      storage.resize(storage.empty() ? 0 : storage.rfind('/'));
    } else if (!segment.empty() && segment != ".") {
      storage.append("/").append(segment);
    }
    at = end;
  }
  if (storage.empty()) storage = "/";
  return storage;
}

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

std::optional<std::size_t> AppTable::Paths::find(std::string_view plain_path) const {
  // The end of the last segment that a prefix may have.
  std::size_t end = 0;
  for (std::size_t i = 0; i < deepest && end < plain_path.size(); ++i)
    end = std::min(plain_path.find('/', end + 1), plain_path.size());
  for (; end > 0; end = plain_path.rfind('/', end - 1)) {
    if (const auto found = prefixes.find(plain_path.substr(0, end)); found != prefixes.end())
      return found->second;
  }
  return root;
}

std::optional<std::size_t> AppTable::find(std::string_view host, std::string_view target) const {
  if (names_.empty() && wildcards_.empty() && !has_prefixes_) return others_.root;
  std::string path_storage;
  const std::string_view path = has_prefixes_ ? plain_path(target, path_storage) : "/";
  std::array<char, kMaxHost_bytes> host_storage;
  host = plain_host(host, host_storage);

  if (const auto found = names_.find(host); found != names_.end()) {
    if (const auto app = found->second.find(path)) return app;
  }
  std::size_t labels = most_labels_ == 0 ? 0 : count(host, '.');  // behind the first dot
  for (std::size_t dot = host.find('.'); labels > 0; dot = host.find('.', dot + 1), --labels) {
    if (labels > most_labels_) continue;
    const auto found = wildcards_.find(host.substr(dot + 1));
    if (found == wildcards_.end()) continue;
    if (const auto app = found->second.find(path)) return app;
  }
  return others_.find(path);
}

}  // namespace brink::proxy
