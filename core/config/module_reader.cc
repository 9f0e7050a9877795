#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/app_files.h"
#include "core/config/open_beneath.h"

namespace brink {
namespace {

constexpr std::size_t kMaxPath_bytes = 2048;

std::string shown(std::string_view specifier) {
  constexpr std::size_t kShown_bytes = 200;
  return "'" + std::string(specifier.substr(0, kShown_bytes)) +
         (specifier.size() > kShown_bytes ? "..." : "") + "'";
}

// Joins a folder and a relative path; "." and ".." are resolved by name. nullopt: above the root.
std::optional<std::string> join_paths(std::string_view folder, std::string_view relative) {
  std::vector<std::string_view> parts;
  for (const std::string_view text : {folder, relative}) {
    std::size_t at = 0;
    while (at <= text.size()) {
      const std::size_t end = std::min(text.find('/', at), text.size());
      const std::string_view part = text.substr(at, end - at);
      at = end + 1;
      if (part.empty() || part == ".") continue;
      if (part != "..") {
        parts.push_back(part);
      } else if (parts.empty()) {
        return std::nullopt;
      } else {
        parts.pop_back();
      }
    }
  }
  std::string joined;
  for (const std::string_view part : parts) {
    if (!joined.empty()) joined += '/';
    joined += part;
  }
  return joined;
}

bool is_relative(std::string_view specifier) {
  return specifier == "." || specifier == ".." || specifier.starts_with("./") ||
         specifier.starts_with("../");
}

std::vector<std::string> candidates(const std::string& path, bool folder_only) {
  std::vector<std::string> paths;
  if (!folder_only) {
    if (is_module_name(path)) paths.push_back(path);
    paths.push_back(path + ".js");
    paths.push_back(path + ".mjs");
  }
  const std::string folder = path.empty() ? "" : path + "/";
  paths.push_back(folder + "index.js");
  paths.push_back(folder + "index.mjs");
  return paths;
}

// What whoever imports such a file may do.
std::string_view advice(std::string_view path) {
  if (path.ends_with(".json"))
    return "; JSON can't be imported: write it as a module (export default { ... }), or bundle it";
  for (const std::string_view ending : {".ts", ".tsx", ".mts", ".jsx"}) {
    if (path.ends_with(ending)) return "; only .js and .mjs files are modules: compile it first";
  }
  return {};
}

}  // namespace

Result<ModuleFile> AppFiles::read_module(std::string_view specifier,
                                         std::string_view referrer) const {
  const std::string by = referrer.empty() ? "" : " imported by " + std::string(referrer);
  const auto not_found = [&](std::string_view why) {
    return fail(ErrorCode::kModuleNotFound,
                "cannot find module " + shown(specifier) + by + ": " + std::string(why));
  };
  if (specifier.empty() || specifier.size() > kMaxPath_bytes || referrer.size() > kMaxPath_bytes ||
      specifier.contains('\0') || referrer.contains('\0')) {
    return not_found("this is not a path");
  }
  if (!referrer.empty() && !is_relative(specifier)) {
    return not_found(
        "only relative paths ('./lib.js') and built-in modules can be imported; bundle packages "
        "into "
        "the app's own files");
  }
  const std::size_t slash = referrer.rfind('/');
  const std::optional<std::string> path =
      join_paths(referrer.substr(0, slash == referrer.npos ? 0 : slash), specifier);
  if (!path) return not_found("it is outside of the app's folder");

  const bool folder_only = path->empty() || specifier.ends_with('/') || specifier == "." ||
                           specifier == ".." || specifier.ends_with("/.") ||
                           specifier.ends_with("/..");
  std::string tried;
  for (std::string& candidate : candidates(*path, folder_only)) {
    const FileHandle file = open_beneath(root_fd_, candidate, O_RDONLY);
    if (!file && (errno == EXDEV || errno == ELOOP)) {
      return not_found(candidate + " is a link that leaves the app's folder");
    }
    if (!file && errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG && errno != ENXIO &&
        errno != EBADF) {
      return fail(errno == EACCES || errno == EPERM ? ErrorCode::kSystem : ErrorCode::kAppInvalid,
                  candidate + ": " + std::strerror(errno));
    }
    if (file && is_regular_file(file)) {
      Result<std::string> source = read_source(file, candidate);
      if (!source) return std::unexpected(std::move(source).error());
      return ModuleFile{std::move(candidate), *std::move(source)};
    }
    tried += (tried.empty() ? "" : ", ") + candidate;
  }
  return not_found("tried " + tried + std::string(advice(*path)));
}

}  // namespace brink
