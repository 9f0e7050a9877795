#pragma once

#include <cstdint>
#include <string_view>

#include "core/loop/event_loop.h"
#include "core/observe/log.h"
#include "core/supervise/tally.h"

namespace brink::supervise {

/// The console of one app's scripts, written to brink's log, but no more than so many bytes within
/// a second: what a worker says of its own limits need not be true. A line says a second later how
/// much was dropped. Owned by the pool, on the loop's thread.
class ScriptLog {
 public:
  ScriptLog(EventLoop& loop, Log& log, std::uint64_t bytes_per_second);
  ScriptLog(const ScriptLog&) = delete;
  ScriptLog& operator=(const ScriptLog&) = delete;

  /// `request`: its id, for whom the line was written; empty: none. Of a text of several lines the
  /// first is the event's, the others follow below it.
  void write(std::uint64_t now_ms, LogLevel level, std::string_view request, std::string_view text);

 private:
  bool admit(std::uint64_t now_ms, std::size_t bytes);

  Log& log_;
  const std::uint64_t limit_bytes_;
  std::uint64_t second_began_ms_ = 0;
  std::uint64_t written_bytes_ = 0;  // since then
  Tally dropped_;                    // lines
};

}  // namespace brink::supervise
