#include "core/config/app_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <simdutf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>

#include "core/config/app_survey.h"
#include "core/config/handler_runtime.h"
#include "core/config/open_beneath.h"

namespace brink {
namespace {

constexpr std::size_t kMaxFolderDepth = 32;
constexpr std::size_t kMaxFiles = 10'000;
constexpr std::array<std::string_view, 2> kSourceFolders = {"", "src/"};
constexpr std::array<std::string_view, 2> kMiddlewareNames = {"middleware", "proxy"};
constexpr std::array<std::string_view, 2> kModuleEndings = {".js", ".mjs"};
// What Next.js takes as code and brink does not.
constexpr std::array<std::string_view, 6> kOtherEndings = {".ts",  ".tsx", ".mts",
                                                           ".cts", ".jsx", ".cjs"};

std::unexpected<Error> invalid(std::string message) {
  return fail(ErrorCode::kAppInvalid, std::move(message));
}

// The middleware's path. Several, or one that cannot run, is an error: a middleware that is
// silently left out may be the one that checks who may see a page.
Result<std::optional<std::string>> find_middleware(int root_fd) {
  std::optional<std::string> found;
  for (const std::string_view folder : kSourceFolders) {
    for (const std::string_view name : kMiddlewareNames) {
      const std::string stem = std::string(folder) + std::string(name);
      for (const std::string_view ending : kModuleEndings) {
        std::string path = stem + std::string(ending);
        const FileHandle file = open_beneath(root_fd, path, O_PATH);
        if (!file && errno == ENOENT) continue;
        if (!file && errno == ENOTDIR) continue;
        if (!file) return invalid(path + ": " + describe_open_error(errno));
        if (!is_regular_file(file)) return invalid(path + ": this is not a file");
        if (found)
          return invalid(*found + " and " + path +
                         ": an app has one middleware; remove one of them");
        found = std::move(path);
      }
      for (const std::string_view ending : kOtherEndings) {
        const std::string path = stem + std::string(ending);
        if (open_beneath(root_fd, path, O_PATH)) {
          return invalid(path + ": " + std::string(ending) +
                         " files are not supported yet, only .js and .mjs; compile it to " + stem +
                         ".js");
        }
      }
    }
  }
  return found;
}

// "pages/api/users/index.js" -> "/api/users".
std::string route_pattern(std::string_view path, std::size_t pages_size) {
  std::string_view route = path.substr(pages_size, path.rfind('.') - pages_size);
  if (route.ends_with("/index")) route.remove_suffix(std::string_view("/index").size());
  return std::string(route);
}

// Collects the handlers of one pages folder; lives within scan_app().
class HandlerScan {
 public:
  HandlerScan(int root_fd, std::string pages) : root_fd_(root_fd), pages_(std::move(pages)) {}

  Result<void> run() {
    for (const std::string_view ending : kModuleEndings) {
      std::string path = pages_ + "/api" + std::string(ending);
      const FileHandle file = open_beneath(root_fd_, path, O_PATH);
      if (!file || !is_regular_file(file)) continue;
      if (auto added = add(std::move(path)); !added) return added;
    }
    return walk(pages_ + "/api", 0);
  }

  std::vector<HandlerFile> handlers;
  std::vector<IgnoredFile> ignored;

 private:
  Result<void> walk(const std::string& folder, std::size_t depth) {
    if (depth > kMaxFolderDepth) return invalid(folder + ": folders are nested too deeply");
    FileHandle handle = open_beneath(root_fd_, folder, O_RDONLY | O_DIRECTORY);
    if (!handle) {
      if (depth == 0 && (errno == ENOENT || errno == ENOTDIR)) return {};
      return invalid(folder + ": " + describe_open_error(errno));
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(handle.get()), ::closedir);
    if (!directory) return invalid(folder + ": " + describe_open_error(errno));
    handle.release();  // the directory's now
    while (const dirent* entry = ::readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name.starts_with('.')) continue;
      if (auto done = visit(folder, name, depth); !done) return done;
    }
    return {};
  }

  Result<void> visit(const std::string& folder, std::string_view name, std::size_t depth) {
    std::string path = folder + "/" + std::string(name);
    const FileHandle file = open_beneath(root_fd_, path, O_PATH);
    if (!file) return invalid(path + ": " + describe_open_error(errno));
    struct stat info{};
    if (::fstat(file.get(), &info) != 0) return invalid(path + ": " + std::strerror(errno));
    if (S_ISDIR(info.st_mode)) return walk(path, depth + 1);
    if (!S_ISREG(info.st_mode)) return {};
    if (is_module_name(name)) return add(std::move(path));
    if (std::ranges::any_of(kOtherEndings, [&](std::string_view e) { return name.ends_with(e); })) {
      ignored.push_back({std::move(path), "only .js and .mjs files are handlers; compile it"});
    }
    return {};
  }

  Result<void> add(std::string path) {
    const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
    if (std::ranges::any_of(path, is_control) ||
        !simdutf::validate_utf8(path.data(), path.size())) {
      return invalid("below " + pages_ + "/api, a file's name is not plain UTF-8 text");
    }
    if (handlers.size() >= kMaxFiles) {
      return invalid(pages_ + "/api: more than " + std::to_string(kMaxFiles) + " handlers");
    }
    std::string pattern = route_pattern(path, pages_.size());
    handlers.push_back({std::move(path), std::move(pattern)});
    return {};
  }

  int root_fd_;
  std::string pages_;
};

Result<void> refuse_duplicates(const std::vector<HandlerFile>& handlers) {
  std::map<std::string_view, const HandlerFile*> by_pattern;
  for (const HandlerFile& handler : handlers) {
    const auto [known, added] = by_pattern.try_emplace(handler.route_pattern, &handler);
    if (!added) {
      return invalid(known->second->module_path + " and " + handler.module_path + " both handle " +
                     handler.route_pattern + "; remove one of them");
    }
  }
  return {};
}

}  // namespace

AppFiles::~AppFiles() {
  if (root_fd_ >= 0) ::close(root_fd_);
}

void AppFiles::swap(AppFiles& other) noexcept {
  std::swap(root_, other.root_);
  std::swap(root_fd_, other.root_fd_);
  std::swap(middleware_, other.middleware_);
  std::swap(handlers_, other.handlers_);
  std::swap(ignored_, other.ignored_);
  std::swap(error_pages_, other.error_pages_);
  std::swap(node_handlers_, other.node_handlers_);
}

// A file that can't be read stays: loading it says why.
void AppFiles::set_node_handlers_aside() {
  const bool next_project = is_next_project(root_fd_);
  std::erase_if(handlers_, [&](HandlerFile& handler) {
    const FileHandle file = open_beneath(root_fd_, handler.module_path, O_RDONLY);
    if (!file || !is_regular_file(file)) return false;
    const Result<std::string> source = read_source(file, handler.module_path);
    if (!source || runs_at_edge(declared_runtime(*source), next_project)) return false;
    node_handlers_.push_back(std::move(handler.module_path));
    return true;
  });
}

Result<AppFiles> scan_app(const std::string& directory) {
  AppFiles app;
  app.root_ = directory;
  app.root_fd_ = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (app.root_fd_ < 0) return invalid(directory + ": " + std::strerror(errno));

  Result<std::optional<std::string>> middleware = find_middleware(app.root_fd_);
  if (!middleware) return std::unexpected(std::move(middleware).error());
  app.middleware_ = *std::move(middleware);

  Result<ErrorPages> error_pages = ErrorPages::read(app.root_fd_);
  if (!error_pages) return std::unexpected(std::move(error_pages).error());
  app.error_pages_ = *std::move(error_pages);

  for (const std::string_view folder : kSourceFolders) {
    HandlerScan scan(app.root_fd_, std::string(folder) + "pages");
    if (auto done = scan.run(); !done) return std::unexpected(std::move(done).error());
    if (!app.handlers_.empty() && !scan.handlers.empty()) {
      return invalid("pages/api and src/pages/api both have handlers; keep them in one folder");
    }
    app.handlers_.append_range(std::move(scan.handlers));
    app.ignored_.append_range(std::move(scan.ignored));
  }
  std::ranges::sort(app.handlers_, {}, &HandlerFile::module_path);
  app.set_node_handlers_aside();
  for (const std::string& path : app.error_pages_.ignored()) {
    app.ignored_.push_back(
        {path, "an error page is named 404.html, 4xx.html, 5xx.html or the like"});
  }
  app.ignored_.append_range(survey_app(app.root_fd_, app.has_scripts()));
  std::ranges::sort(app.ignored_, {}, &IgnoredFile::path);
  if (auto unique = refuse_duplicates(app.handlers_); !unique)
    return std::unexpected(std::move(unique).error());
  return app;
}

}  // namespace brink
