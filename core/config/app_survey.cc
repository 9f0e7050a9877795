#include "core/config/app_survey.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/spelling.h"
#include "core/config/open_beneath.h"

namespace brink {
namespace {

constexpr std::size_t kMaxNames = 5'000;
constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxWorker_bytes = 1024 * 1024;
constexpr std::array<std::string_view, 2> kSourceFolders = {"", "src/"};
constexpr std::array<std::string_view, 5> kScriptEndings = {".js", ".mjs", ".ts", ".tsx", ".jsx"};
constexpr std::array<std::string_view, 6> kWorkerNames = {
    "worker", "_worker", "index", "src/index", "src/worker", "functions/index"};

// "route" of "route.js"; empty: no script.
std::string_view stem_of_script(std::string_view name) {
  for (const std::string_view ending : kScriptEndings) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return {};
}

bool is_middleware_name(std::string_view stem) { return stem == "middleware" || stem == "proxy"; }

// Is it one of the two names, misspelt? "Middleware", "middlewares", "_middleware", "proxies".
bool is_nearly_middleware(std::string_view stem) {
  if (is_middleware_name(stem)) return false;
  return edit_distance(to_lower(stem), "middleware") <= 2 || to_lower(stem) == "proxy";
}

class Survey {
 public:
  explicit Survey(int root_fd) : root_fd_(root_fd) {}

  void look_for_middlewares() {
    for (const std::string_view source : kSourceFolders) {
      const std::string folder(source);
      for_each_name(folder.empty() ? "." : folder.substr(0, folder.size() - 1),
                    [&](std::string_view name) {
                      if (is_nearly_middleware(stem_of_script(name)))
                        add(folder + std::string(name), "did you mean middleware.js?");
                    });
      for (const std::string_view inner : {"app", "pages", "pages/api"}) {
        for_each_name(folder + std::string(inner), [&](std::string_view name) {
          const std::string_view stem = stem_of_script(name);
          // In pages/api any name is a handler's.
          const bool here = inner != "pages/api" && is_middleware_name(stem);
          if (!here && stem != "_middleware") return;
          add(folder + std::string(inner) + "/" + std::string(name),
              "the middleware is middleware.js in the app's folder, or in src/");
        });
      }
    }
  }

  void look_for_app_routes() {
    for (const std::string_view source : kSourceFolders) walk_app(std::string(source) + "app", 0);
  }

  // Nothing of the app runs: maybe it is one for Workers.
  void look_for_workers() {
    for (const std::string_view name : kWorkerNames) {
      for (const std::string_view ending : kScriptEndings) {
        const std::string path = std::string(name) + std::string(ending);
        const FileHandle file = open_beneath(root_fd_, path, O_RDONLY);
        if (!file || !is_regular_file(file)) continue;
        const Result<std::string> source = read_text(file, path, kMaxWorker_bytes, "a module");
        if (!source || !exports_fetch(*source)) continue;
        add(path,
            "\"export default { fetch }\" of Cloudflare Workers is not supported yet; export the "
            "function from middleware.js, or from a file in pages/api");
      }
    }
  }

  std::vector<IgnoredFile> found;

 private:
  // "export default {" and "fetch" after it: good enough for a hint.
  static bool exports_fetch(std::string_view source) {
    const std::size_t at = source.find("export default");
    return at != source.npos && source.substr(at, 4096).contains("fetch");
  }

  void walk_app(const std::string& folder, std::size_t depth) {
    if (depth > kMaxDepth) return;
    for_each_name(folder, [&](std::string_view name) {
      const std::string path = folder + "/" + std::string(name);
      if (stem_of_script(name) == "route") {
        add(path,
            "handlers of the App Router are not supported yet; a handler is a file in pages/api");
      } else if (!name.contains('.')) {
        walk_app(path, depth + 1);
      }
    });
  }

  template <class Visit>
  void for_each_name(const std::string& folder, Visit visit) {
    FileHandle handle = open_beneath(root_fd_, folder, O_RDONLY | O_DIRECTORY);
    if (!handle) return;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(handle.get()), ::closedir);
    if (!directory) return;
    handle.release();  // the directory's now
    while (const dirent* entry = ::readdir(directory.get())) {
      if (++names_ > kMaxNames) return;
      const std::string_view name = entry->d_name;
      if (!name.starts_with('.')) visit(name);
    }
  }

  void add(std::string path, std::string reason) {
    constexpr std::size_t kMaxFound = 20;
    if (found.size() < kMaxFound) found.push_back({std::move(path), std::move(reason)});
  }

  int root_fd_;
  std::size_t names_ = 0;
};

}  // namespace

std::vector<IgnoredFile> survey_app(int root_fd, bool has_scripts) {
  Survey survey(root_fd);
  survey.look_for_middlewares();
  survey.look_for_app_routes();
  if (!has_scripts) survey.look_for_workers();
  return std::move(survey.found);
}

}  // namespace brink
