#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "core/config/config.h"

namespace spdlog {
class logger;
}  // namespace spdlog

namespace brink {

/// One "key=value" of a log line. Views: they live as long as the call.
struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), text(v) {}
  LogField(std::string_view k, const char* v) : key(k), text(v) {}
  LogField(std::string_view k, std::integral auto v)
      : key(k), number(static_cast<std::int64_t>(v)), is_number(true) {}

  std::string_view key;
  std::string_view text;
  std::int64_t number = 0;
  bool is_number = false;
};

/// brink's own log, for people who run it: one line per event on standard error,
/// "2026-01-31T12:00:00.000Z warn worker ended pid=12 error=BRINK_CPU_LIMIT". Values are quoted and
/// escaped where they need it, so hostile text cannot forge a line. Text of several lines, such as
/// a stack, follows below, each of its lines indented by four spaces, as no event's line is. Made
/// by main() and handed on by reference; used on the loop's thread. Not for one line per request:
/// that is AccessLog.
class Log {
 public:
  /// Writes to standard error.
  explicit Log(LogLevel level);
  ~Log();
  /// A log to the same place and of the same level, whose lines end with "app=name"; the same when
  /// the name is empty.
  Log with_app(std::string_view name) const;
  /// The same with "cell=number".
  Log with_cell(std::size_t number) const;
  Log(Log&&) noexcept;
  Log& operator=(Log&&) noexcept;

  /// What is below this level is dropped before it is formatted.
  void set_level(LogLevel level);
  bool enabled(LogLevel level) const { return level >= level_; }

  /// `lines`: text for the lines below the event's own; empty: there are none.
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {},
             std::string_view lines = {});
  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kDebug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kInfo, message, fields);
  }
  void warn(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kWarn, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write(LogLevel::kError, message, fields);
  }

 private:
  Log(std::shared_ptr<spdlog::logger> logger, LogLevel level);

  std::shared_ptr<spdlog::logger> logger_;
  LogLevel level_;
  std::string suffix_;  // of every line
};

}  // namespace brink
