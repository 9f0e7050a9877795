#include "core/supervise/script_log.h"

#include <algorithm>

#include "core/base/errors.h"

namespace brink::supervise {
namespace {
constexpr std::size_t kIndent_bytes = 4;  // of a further line, in the log
}  // namespace

ScriptLog::ScriptLog(EventLoop& loop, Log& log, std::uint64_t bytes_per_second)
    : log_(log), limit_bytes_(bytes_per_second), dropped_(loop, [this](std::uint64_t lines) {
        log_.warn("console output was dropped", {{"error", error_info(ErrorCode::kLogLimit).name},
                                                 {"lines", lines},
                                                 {"limit_bytes_per_second", limit_bytes_}});
      }) {}

void ScriptLog::write(std::uint64_t now_ms, LogLevel level, std::string_view request,
                      std::string_view text) {
  if (!log_.enabled(level)) return;
  if (!admit(now_ms, text.size() + kIndent_bytes * std::ranges::count(text, '\n'))) return;
  const std::string_view first = text.substr(0, text.find('\n'));
  const std::string_view rest = text.substr(std::min(first.size() + 1, text.size()));
  if (request.empty()) return log_.write(level, "console", {{"text", first}}, rest);
  log_.write(level, "console", {{"request", request}, {"text", first}}, rest);
}

bool ScriptLog::admit(std::uint64_t now_ms, std::size_t bytes) {
  if (now_ms - second_began_ms_ >= 1000) {
    second_began_ms_ = now_ms;
    written_bytes_ = 0;
  }
  if (bytes > limit_bytes_ - written_bytes_) {
    written_bytes_ = limit_bytes_;
    dropped_.add();
    return false;
  }
  written_bytes_ += bytes;
  return true;
}

}  // namespace brink::supervise
