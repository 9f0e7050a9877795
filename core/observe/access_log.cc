#include "core/observe/access_log.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "core/observe/json_line.h"

namespace brink {
namespace {

constexpr std::size_t kFlushAt_bytes = 64 * 1024;
constexpr std::size_t kBuffer_bytes = 256 * 1024;
// Longest values that are written whole. A byte takes at most six, so every line fits in the
// buffer.
struct MaxBytes {
  std::size_t target = 4096;
  std::size_t name = 255;
};
// A line of these has less than kPiece_bytes.
constexpr MaxBytes kShort{.target = 448, .name = 32};
// What a pipe takes as a whole or not at all, and never mixes with what others write.
constexpr std::size_t kPiece_bytes = PIPE_BUF;

std::string_view source_name(ResponseSource source) {
  switch (source) {
    case ResponseSource::kNone:
      return "none";
    case ResponseSource::kOrigin:
      return "origin";
    case ResponseSource::kScript:
      return "script";
    case ResponseSource::kCache:
      return "cache";
  }
  return "none";
}

void write_line(LineWriter& line, const AccessRecord& record, TimeText& time, const MaxBytes& max) {
  line.raw("{\"time\":\""), line.raw(time.of(record.time_us));
  line.raw("\",\"client\":\""), line.escaped(record.client, max.name);
  line.raw("\",\"method\":\""), line.escaped(record.method, max.name);
  line.raw("\",\"host\":\""), line.escaped(record.host, max.name);
  line.raw("\",\"path\":\""), line.escaped(record.target, max.target);
  if (!record.sent_target.empty())
    line.raw("\",\"sent_path\":\""), line.escaped(record.sent_target, max.target);
  line.raw("\",\"status\":"), line.number(record.status);
  line.raw(",\"bytes\":"), line.number(record.sent_bytes);
  line.raw(",\"duration_ms\":"), line.number(record.duration_us / 1000);
  line.raw("."), line.digits(record.duration_us % 1000, 3);
  line.raw(",\"upstream\":\""), line.raw(source_name(record.source)), line.raw("\"");
  if (record.cpu_us) line.raw(",\"cpu_us\":"), line.number(*record.cpu_us);
  if (record.error)
    line.raw(",\"error\":\""), line.raw(error_info(*record.error).name), line.raw("\"");
  if (!record.request_id.empty()) {
    line.raw(",\"id\":\""), line.escaped(record.request_id, max.name), line.raw("\"");
  }
  if (!record.app.empty())
    line.raw(",\"app\":\""), line.escaped(record.app, max.name), line.raw("\"");
  line.raw("}\n");
}

/// For "off".
class NoAccessLog final : public AccessLog {
 public:
  bool enabled() const override { return false; }
  void write(const AccessRecord&) override {}
  void flush() override {}
  Result<void> reopen() override { return {}; }
  std::uint64_t dropped_lines() const override { return 0; }
};

class FileAccessLog final : public AccessLog {
 public:
  /// An empty path is standard output.
  FileAccessLog(std::string path, Writers writers)
      : path_(std::move(path)), writers_(writers), buffer_(kBuffer_bytes) {}
  ~FileAccessLog() override {
    flush();
    if (fd_ >= 0) ::close(fd_);
  }
  FileAccessLog(const FileAccessLog&) = delete;
  FileAccessLog& operator=(const FileAccessLog&) = delete;

  bool enabled() const override { return true; }
  std::uint64_t dropped_lines() const override { return dropped_; }

  void write(const AccessRecord& record) override {
    if (dropped_ != reported_ && used_ < kFlushAt_bytes) report_dropped(record.time_us);
    LineWriter line(room());
    write_line(line, record, time_text_, {});
    if (in_pieces_ && line.size() > kPiece_bytes) {
      line = LineWriter(room());
      write_line(line, record, time_text_, kShort);
    }
    if (!line.ok()) {
      ++dropped_;
      return;
    }
    used_ += line.size();
    if (used_ >= kFlushAt_bytes) flush();
  }

  void flush() override {
    std::size_t written = 0;
    while (written < used_) {
      const ssize_t n = put(buffer_.data() + written, next_write(written));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;  // the reader is slow
      if (n <= 0) {  // closed, disk full: nobody will ever take these
        for (std::size_t i = written; i < used_; ++i) dropped_ += buffer_[i] == '\n' ? 1 : 0;
        written = used_;
        break;
      }
      written += static_cast<std::size_t>(n);
    }
    if (written == 0) return;
    std::memmove(buffer_.data(), buffer_.data() + written, used_ - written);
    used_ -= written;
  }

  Result<void> reopen() override {
    flush();
    const int fd = path_.empty() ? open_standard_output() : open_file();
    if (fd < 0) {
      return fail(ErrorCode::kSystem, "access log " +
                                          (path_.empty() ? "on standard output" : path_) + ": " +
                                          std::strerror(errno));
    }
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
    struct stat info{};
    const bool known = ::fstat(fd_, &info) == 0;
    is_socket_ = known && S_ISSOCK(info.st_mode);
    in_pieces_ = writers_ == Writers::kSeveral && known && !S_ISREG(info.st_mode);
    return {};
  }

 private:
  std::span<char> room() { return std::span(buffer_).subspan(used_); }

  // Non-blocking: the path may be a named pipe. For a file it means nothing.
  int open_file() const {
    return ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
                  0640);
  }

  // A pipe or terminal is opened again, to be non-blocking for us without being so for whoever else
  // holds it.
  static int open_standard_output() {
    struct stat info{};
    if (::fstat(STDOUT_FILENO, &info) != 0) return -1;
    if (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode)) {
      const int fd =
          ::open("/proc/self/fd/1", O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
      if (fd >= 0) return fd;
    }
    return ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  }

  // How many of the bytes from `begin` on to hand over at once.
  std::size_t next_write(std::size_t begin) const {
    const std::string_view all(buffer_.data() + begin, used_ - begin);
    if (!in_pieces_ || all.size() <= kPiece_bytes) return all.size();
    return all.rfind('\n', kPiece_bytes - 1) + 1;  // no line is longer
  }

  ssize_t put(const char* bytes, std::size_t size) const {
    return is_socket_ ? ::send(fd_, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL)
                      : ::write(fd_, bytes, size);
  }

  void report_dropped(std::uint64_t time_us) {
    LineWriter line(room());
    line.raw("{\"time\":\""), line.time(time_us);
    line.raw("\",\"dropped\":"), line.number(dropped_ - reported_), line.raw("}\n");
    if (!line.ok()) return;
    used_ += line.size();
    reported_ = dropped_;
  }

  TimeText time_text_;
  const std::string path_;
  const Writers writers_;
  int fd_ = -1;
  bool is_socket_ = false;
  bool in_pieces_ = false;
  std::vector<char> buffer_;
  std::size_t used_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t reported_ = 0;
};

}  // namespace

Result<std::unique_ptr<AccessLog>> AccessLog::open(std::string_view destination, Writers writers) {
  if (destination == "off") return std::make_unique<NoAccessLog>();
  auto log = std::make_unique<FileAccessLog>(
      destination == "-" ? std::string() : std::string(destination), writers);
  if (auto opened = log->reopen(); !opened) return std::unexpected(std::move(opened).error());
  return log;
}

}  // namespace brink
