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

constexpr std::string_view kHex = "0123456789abcdef";

// The character that starts at text[at], and its bytes; 0 bytes: this is not UTF-8.
struct Character {
  char32_t code = 0;
  std::size_t size = 0;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xc2 ? 0
                           : first < 0xe0 ? 2
                           : first < 0xf0 ? 3
                           : first < 0xf5 ? 4
                                          : 0;
  if (size == 0 || at + size > text.size()) return {};
  char32_t code = size == 1 ? first : first & (0x7f >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[at + i]);
    if ((next & 0xc0) != 0x80) return {};
    code = code << 6 | (next & 0x3f);
  }
  return {code, size};
}

// What could forge a line, drive a terminal or turn the order of what is read: control characters,
// the line ends that only some readers take for one, and marks of direction.
bool is_dangerous(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

void append_hex(std::string& out, std::string_view escape, char32_t code, int digits) {
  out += escape;
  while (digits-- > 0) out += kHex[code >> (4 * digits) & 15];
}

// UTF-8 stays readable; what is dangerous, or no UTF-8, is escaped.
void append_clean(std::string& out, std::string_view text, bool in_quotes) {
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    const std::string_view bytes = text.substr(at, std::max<std::size_t>(character.size, 1));
    at += bytes.size();
    if (character.size == 0) {
      append_hex(out, "\\x", static_cast<unsigned char>(bytes[0]), 2);
    } else if (character.code == '\n') {
      out += "\\n";
    } else if (is_dangerous(character.code)) {
      append_hex(out, character.size == 1 ? "\\x" : "\\u", character.code,
                 character.size == 1 ? 2 : 4);
    } else {
      if (in_quotes && (bytes == "\"" || bytes == "\\")) out += '\\';
      out += bytes;
    }
  }
}

// Each line of the text below the one it belongs to. All are indented, and no line of the log
// begins with a space, so that a text cannot pass for one.
void append_lines(std::string& out, std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    out += "\n    ";
    append_clean(out, line.substr(std::min(line.find_first_not_of(' '), line.size())), false);
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

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields,
                std::string_view lines) {
  if (!enabled(level)) return;
  std::string line;
  append_clean(line, message, false);
  for (const LogField& field : fields) append_field(line, field);
  line += suffix_;
  append_lines(line, lines);
  logger_->log(spdlog_level(level), line);
}

}  // namespace brink
