#include "core/config/open_beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <simdutf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/config/app_files.h"

namespace brink {

namespace {

std::string in_binary_units(std::size_t bytes) {
  constexpr std::size_t kMiB = 1024 * 1024;
  return bytes >= kMiB ? std::to_string(bytes / kMiB) + " MiB"
                       : std::to_string(bytes / 1024) + " KiB";
}

}  // namespace

FileHandle::~FileHandle() {
  if (fd_ >= 0) ::close(fd_);
}

FileHandle open_beneath(int root_fd, const std::string& path, int flags) {
  open_how how{};
  // Non-blocking, so that a named pipe in the folder cannot stop the front.
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC |
                                         ((flags & O_PATH) != 0 ? 0 : O_NONBLOCK | O_NOCTTY));
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  long fd = -1;
  int attempts_left = 16;  // EAGAIN: something was renamed while the path was walked
  do fd = ::syscall(SYS_openat2, root_fd, path.c_str(), &how, sizeof how);
  while (fd < 0 && (errno == EINTR || (errno == EAGAIN && --attempts_left > 0)));
  return FileHandle(static_cast<int>(fd));
}

bool is_regular_file(const FileHandle& file) {
  struct stat info{};
  return ::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode);
}

bool is_module_name(std::string_view name) {
  return name.ends_with(".js") || name.ends_with(".mjs");
}

std::string describe_open_error(int error) {
  switch (error) {
    case EXDEV:
      return "this leads out of the app's folder";  // RESOLVE_BENEATH
    case ELOOP:
      return "this is a link that never ends";
    default:
      return std::strerror(error);
  }
}

Result<std::string> read_source(const FileHandle& file, const std::string& path) {
  return read_text(file, path, kMaxModule_bytes, "a module");
}

Result<std::string> read_text(const FileHandle& file, const std::string& path,
                              std::size_t max_bytes, std::string_view what) {
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) {
    return fail(ErrorCode::kAppInvalid, path + ": " + std::strerror(errno));
  }
  std::string source;
  source.reserve(std::min<std::size_t>(static_cast<std::size_t>(info.st_size), max_bytes) + 1);
  char piece[16 * 1024];
  while (source.size() <= max_bytes) {
    const ssize_t got = ::read(file.get(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::kAppInvalid, path + ": " + std::strerror(errno));
    if (got == 0) break;
    source.append(piece, static_cast<std::size_t>(got));
  }
  if (source.size() > max_bytes) {
    return fail(ErrorCode::kAppInvalid, path + ": the file is too large; " + std::string(what) +
                                            " may have at most " + in_binary_units(max_bytes));
  }
  const simdutf::result valid = simdutf::validate_utf8_with_errors(source.data(), source.size());
  if (valid.error != simdutf::error_code::SUCCESS) {
    const std::string_view before = std::string_view(source).substr(0, valid.count);
    const std::string_view line = before.substr(before.rfind('\n') + 1);
    return fail(ErrorCode::kModuleSyntax,
                path + ":" + std::to_string(1 + std::ranges::count(before, '\n')) + ":" +
                    std::to_string(1 + simdutf::count_utf8(line.data(), line.size())) +
                    ": this is not valid UTF-8");
  }
  return source;
}

}  // namespace brink
