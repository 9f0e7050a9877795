#pragma once

#include <cstdint>
#include <string_view>

#include "core/observe/log.h"

namespace brink::supervise {

/// The console of one app's scripts, written to brink's log, but no more than so many bytes within
/// a second: what a worker says of its own limits need not be true. Owned by the pool, on the
/// loop's thread.
class ScriptLog {
 public:
  ScriptLog(Log& log, std::uint64_t bytes_per_second) : log_(log), limit_bytes_(bytes_per_second) {}

  ~ScriptLog() {
    if (lines_dropped_ != 0) tell_dropped();
  }
  ScriptLog(const ScriptLog&) = delete;
  ScriptLog& operator=(const ScriptLog&) = delete;

  /// `request`: as the worker numbers it; 0: none.
  void write(std::uint64_t now_ms, LogLevel level, std::uint32_t request, std::string_view text);
  /// Counts a line that somebody else writes about a script, with so many bytes of its text. False:
  /// it would be too much; it was counted as dropped.
  bool admit(std::uint64_t now_ms, std::size_t bytes);

 private:
  void tell_dropped();

  Log& log_;
  const std::uint64_t limit_bytes_;
  std::uint64_t second_began_ms_ = 0;
  std::uint64_t written_bytes_ = 0;  // since then
  std::uint64_t lines_dropped_ = 0;  // and not told yet
};

}  // namespace brink::supervise
