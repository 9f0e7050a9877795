#include "core/observe/log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <string>
#include <utility>

namespace brink {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// UTF-8 stays readable; control characters, which could forge a line or drive a terminal, are
// escaped. C1 controls (two bytes in UTF-8, C2 80 to C2 9F) become '?'.
void append_clean(std::string& out, std::string_view text, bool in_quotes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 = c == 0xc2 && i + 1 < text.size() &&
                    (static_cast<unsigned char>(text[i + 1]) & 0xe0) == 0x80;
    if (c == '\n') {
      out += "\\n";
    } else if (c < 0x20 || c == 0x7f) {
      out.append("\\x") += kHex[c >> 4];
      out += kHex[c & 15];
    } else if (c1) {
      out += '?';
      ++i;
    } else {
      if (in_quotes && (c == '"' || c == '\\')) out += '\\';
      out += text[i];
    }
  }
}

void append_field(std::string& out, const LogField& field) {
  out.append(" ").append(field.key).append("=");
  if (field.is_number) {
    out += std::to_string(field.number);
    return;
  }
  const auto needs_quotes = [](unsigned char c) {
    return c <= 0x20 || c == 0x7f || c == '"' || c == '=' || c == '\\';
  };
  if (!field.text.empty() && std::ranges::none_of(field.text, needs_quotes)) {
    append_clean(out, field.text, false);
    return;
  }
  out += '"';
  append_clean(out, field.text, true);
  out += '"';
}

std::shared_ptr<spdlog::logger> standard_error_logger() {
  return std::make_shared<spdlog::logger>("brink",
                                          std::make_shared<spdlog::sinks::stderr_sink_st>());
}

/// "warn" and "error", not spdlog's "warning" and "error".
class LevelName final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string_view name = message.level == spdlog::level::debug  ? "debug"
                                  : message.level == spdlog::level::info ? "info"
                                  : message.level == spdlog::level::warn ? "warn"
                                                                         : "error";
    out.append(name.data(), name.data() + name.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<LevelName>();
  }
};

}  // namespace

Log::Log(std::shared_ptr<spdlog::logger> logger, LogLevel level)
    : logger_(std::move(logger)), level_(level) {}

Log::Log(LogLevel level) : Log(standard_error_logger(), level) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<LevelName>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %* %v");
  logger_->set_formatter(std::move(formatter));
  logger_->set_level(spdlog::level::debug);  // level_ decides
  logger_->flush_on(spdlog::level::debug);
}

Log Log::with_app(std::string_view name) const {
  Log log(logger_, level_);
  log.suffix_ = suffix_;
  if (!name.empty()) append_field(log.suffix_, {"app", name});
  return log;
}

Log Log::with_cell(std::size_t number) const {
  Log log(logger_, level_);
  log.suffix_ = suffix_;
  append_field(log.suffix_, {"cell", number});
  return log;
}

Log::~Log() = default;
Log::Log(Log&&) noexcept = default;
Log& Log::operator=(Log&&) noexcept = default;

void Log::set_level(LogLevel level) { level_ = level; }

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!enabled(level)) return;
  std::string line;
  append_clean(line, message, false);
  for (const LogField& field : fields) append_field(line, field);
  line += suffix_;
  logger_->log(spdlog_level(level), line);
}

}  // namespace brink
