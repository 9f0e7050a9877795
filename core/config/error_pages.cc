#include "core/config/error_pages.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "core/config/open_beneath.h"

namespace brink {
namespace {

constexpr std::string_view kFolder = "errors/";
constexpr std::string_view kEnding = ".html";

// "404" of "404.html"; nullopt: not a name of a page.
std::optional<std::string> page_name(std::string_view file) {
  if (!file.ends_with(kEnding)) return std::nullopt;
  file.remove_suffix(kEnding.size());
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (file.size() != 3 || (file[0] != '4' && file[0] != '5')) return std::nullopt;
  if (file.substr(1) != "xx" && !(is_digit(file[1]) && is_digit(file[2]))) return std::nullopt;
  return std::string(file);
}

std::unexpected<Error> invalid(std::string_view path, std::string_view why) {
  return fail(ErrorCode::kAppInvalid, std::string(path) + ": " + std::string(why));
}

}  // namespace

Result<ErrorPages> ErrorPages::read(int root_fd) {
  ErrorPages pages;
  FileHandle folder = open_beneath(root_fd, "errors", O_RDONLY | O_DIRECTORY);
  if (!folder) {
    if (errno == ENOENT || errno == ENOTDIR) return pages;
    return invalid("errors", describe_open_error(errno));
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(folder.get()), ::closedir);
  if (!directory) return invalid("errors", std::strerror(errno));
  folder.release();  // the directory's now
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name.starts_with('.')) continue;
    std::string path = std::string(kFolder) + std::string(name);
    std::optional<std::string> page = page_name(name);
    if (!page) {
      pages.ignored_.push_back(std::move(path));
      continue;
    }
    const FileHandle file = open_beneath(root_fd, path, O_RDONLY);
    if (!file) return invalid(path, describe_open_error(errno));
    if (!is_regular_file(file)) return invalid(path, "this is not a file");
    Result<std::string> html = read_text(file, path, kMaxErrorPage_bytes, "an error page");
    if (!html) return fail(ErrorCode::kAppInvalid, html.error().message);
    pages.pages_.push_back({*std::move(page), *std::move(html)});
  }
  std::ranges::sort(pages.pages_, {}, &Page::name);
  std::ranges::sort(pages.ignored_);
  return pages;
}

const std::string* ErrorPages::find(int status) const {
  if (pages_.empty()) return nullptr;
  const std::string exact = std::to_string(status);
  for (const std::string& name : {exact, exact.substr(0, 1) + "xx"}) {
    const auto page = std::ranges::find(pages_, name, &Page::name);
    if (page != pages_.end()) return &page->html;
  }
  return nullptr;
}

std::vector<std::string> ErrorPages::paths() const {
  std::vector<std::string> paths;
  for (const Page& page : pages_)
    paths.push_back(std::string(kFolder) + page.name + std::string(kEnding));
  return paths;
}

}  // namespace brink
