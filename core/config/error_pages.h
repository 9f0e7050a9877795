#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace brink {

/// The most bytes that one error page of an app may have.
inline constexpr std::size_t kMaxErrorPage_bytes = 256 * 1024;

/// The error pages in an app's folder errors/: 404.html for one status, 4xx.html and 5xx.html for
/// all others of a kind. Immutable once read.
class ErrorPages {
 public:
  /// Reads the folder below the app's; there may be none. kAppInvalid: a page is no file, too large
  /// or not UTF-8.
  static Result<ErrorPages> read(int root_fd);

  /// The HTML of the page for this status; nullptr: the app has none.
  const std::string* find(int status) const;
  /// "errors/404.html", ...: sorted.
  std::vector<std::string> paths() const;
  /// Files in errors/ that are no page for any status, such as "errors/50x.html".
  const std::vector<std::string>& ignored() const { return ignored_; }

 private:
  struct Page {
    std::string name;  ///< "404", "4xx"
    std::string html;
  };
  std::vector<Page> pages_;
  std::vector<std::string> ignored_;
};

}  // namespace brink
