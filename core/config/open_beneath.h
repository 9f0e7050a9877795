#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"

namespace brink {

/// Owns a descriptor of a file or folder in the app. Lives within one function.
class FileHandle {
 public:
  explicit FileHandle(int fd) : fd_(fd) {}
  FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileHandle& operator=(FileHandle&&) = delete;
  ~FileHandle();
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// Opens `path` below the folder `root_fd` for reading. Links are followed as long as they stay
/// below it; leaving it is EXDEV (openat2(2), RESOLVE_BENEATH). On failure the handle is empty, and
/// errno says why.
FileHandle open_beneath(int root_fd, const std::string& path, int flags);

/// What went wrong in open_beneath(), for messages: a link that leaves the folder is no "Invalid
/// cross-device link" to whoever made it.
std::string describe_open_error(int error);

/// Reads a whole text: a regular file of at most `max_bytes`, valid UTF-8. `path` and `what` ("a
/// module") are for messages. kAppInvalid: too large; kModuleSyntax: not UTF-8.
Result<std::string> read_text(const FileHandle& file, const std::string& path,
                              std::size_t max_bytes, std::string_view what);
/// The same for a module's source.
Result<std::string> read_source(const FileHandle& file, const std::string& path);

bool is_regular_file(const FileHandle& file);

/// True for the names of files that can be modules.
bool is_module_name(std::string_view name);

}  // namespace brink
