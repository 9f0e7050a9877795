#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/config/error_pages.h"

namespace brink {

/// The most bytes that one module's source may have.
inline constexpr std::size_t kMaxModule_bytes = 4 * 1024 * 1024;

/// One file below pages/api (Next.js: "API Routes", "Dynamic API routes").
struct HandlerFile {
  std::string module_path;    ///< "pages/api/users/[id].js", relative to the app, with '/'
  std::string route_pattern;  ///< "/api/users/[id]"; brackets as in the file's name
};

/// A file that is not run although whoever wrote it may expect so.
struct IgnoredFile {
  std::string path;    ///< in the app, with '/'
  std::string reason;  ///< what to do about it: follows "path is not used: "
};

/// A module's source as it is on disk.
struct ModuleFile {
  std::string path;    ///< resolved path in the app, with '/': the module's identity
  std::string source;  ///< valid UTF-8, at most kMaxModule_bytes
};

/// An app's folder: which modules are its entries, and access to modules by import specifier.
/// Nothing outside of the folder is ever read, whatever a specifier or a symbolic link says. Owned
/// by whoever loads the app; its functions are const and may be called from any one thread at a
/// time.
class AppFiles {
 public:
  /// An app without a folder: no middleware, no handlers, no module.
  AppFiles() = default;
  AppFiles(AppFiles&& other) noexcept { swap(other); }
  AppFiles& operator=(AppFiles&& other) noexcept {
    swap(other);
    return *this;
  }
  ~AppFiles();

  /// The folder as it was named, for messages.
  const std::string& root() const { return root_; }
  /// "middleware.js", "src/proxy.mjs"; nullopt when the app has none.
  const std::optional<std::string>& middleware() const { return middleware_; }
  /// Sorted by module path; no two have the same pattern.
  const std::vector<HandlerFile>& handlers() const { return handlers_; }
  /// Files below pages/api that are Node.js code (handler_runtime.h): their paths go to the origin.
  const std::vector<std::string>& node_handlers() const { return node_handlers_; }
  /// Files that look as if they were to run, or to be shown, and why they do not; sorted by path.
  const std::vector<IgnoredFile>& ignored() const { return ignored_; }
  /// The pages in errors/.
  const ErrorPages& error_pages() const { return error_pages_; }
  bool has_scripts() const { return middleware_.has_value() || !handlers_.empty(); }

  /// Resolves and reads a module: `specifier` is relative ("./a", "../lib/b.js") to `referrer`, the
  /// path of the importing module; with an empty referrer it is a path in the app (an entry). Tried
  /// in this order: the exact file, + ".js", + ".mjs", + "/index.js", "/index.mjs". Only .js and
  /// .mjs files are modules. kModuleNotFound says what was tried; kModuleSyntax: not UTF-8;
  /// kAppInvalid: too large; kSystem: it may not be read.
  Result<ModuleFile> read_module(std::string_view specifier, std::string_view referrer) const;

 private:
  friend Result<AppFiles> scan_app(const std::string& directory);
  void set_node_handlers_aside();
  void swap(AppFiles& other) noexcept;

  std::string root_;
  int root_fd_ = -1;
  std::optional<std::string> middleware_;
  std::vector<HandlerFile> handlers_;
  std::vector<std::string> node_handlers_;
  std::vector<IgnoredFile> ignored_;
  ErrorPages error_pages_;
};

/// Looks at the app's folder: middleware.js|mjs or proxy.js|mjs at the root or in src/, handlers
/// below pages/api or src/pages/api, error pages in errors/. kAppInvalid when it does not exist,
/// names something twice, or has a TypeScript middleware. An empty folder is an app without
/// scripts: everything goes to the origin.
Result<AppFiles> scan_app(const std::string& directory);

}  // namespace brink
