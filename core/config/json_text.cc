#include "core/config/json_text.h"

#include <simdutf.h>

#include <algorithm>

namespace brink {

std::string in_quotes(std::string_view text) { return '"' + std::string(text.substr(0, 80)) + '"'; }

std::unexpected<Error> JsonText::invalid(const char* at, std::string_view what) const {
  return fail(ErrorCode::kConfigInvalid, place(offset_of(at)) + std::string(what));
}

std::unexpected<Error> JsonText::must_be(const char* at, std::string_view key,
                                         std::string_view right) const {
  return invalid(at, in_quotes(key) + " must be " + std::string(right));
}

std::unexpected<Error> JsonText::unreadable(simdjson::error_code error, const char* at,
                                            std::string_view key, std::string_view right) const {
  switch (error) {
    case simdjson::INCORRECT_TYPE:
    case simdjson::NUMBER_OUT_OF_RANGE:
    case simdjson::NUMBER_ERROR:
    case simdjson::BIGINT_ERROR:
      return must_be(at, key, right);
    default:
      return syntax(error, at);
  }
}

// Some of simdjson's errors come without a place; find it.
std::unexpected<Error> JsonText::syntax(simdjson::error_code error, const char* at) const {
  std::size_t offset = offset_of(at);
  std::string what = "this is not valid JSON";
  const std::string_view json = text_;
  switch (error) {
    case simdjson::EMPTY:
      what = "the file is empty; the smallest configuration is {}";
      break;
    case simdjson::UTF8_ERROR:
      offset = simdutf::validate_utf8_with_errors(json.data(), json.size()).count;
      what = "this is not valid UTF-8";
      break;
    case simdjson::UNCLOSED_STRING:
    case simdjson::UNESCAPED_CHARS:
      offset = string_at_fault();
      what = error == simdjson::UNCLOSED_STRING ? "this string has no end"
                                                : "a control character in a string must be escaped";
      break;
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      offset = json.find_last_not_of(" \t\r\n");
      what = "the file must end with the '}' that closes its first '{'";
      break;
    case simdjson::TRAILING_CONTENT:
      what = "nothing may follow the last '}'";
      break;
    case simdjson::STRING_ERROR:
      what =
          json.substr(std::min(offset, json.size())).contains("\\u")
              ? "this string has an escape that JSON does not know, or a lone surrogate (\\ud800 "
                "to \\udfff come in pairs)"
              : "this string has an escape that JSON does not know";
      break;
    default:
      break;
  }
  const bool comment = json.substr(std::min(offset, json.size())).starts_with('/') ||
                       error == simdjson::INCOMPLETE_ARRAY_OR_OBJECT;
  if (comment && (json.contains("//") || json.contains("/*")))
    what += " (comments are not allowed)";
  return fail(ErrorCode::kConfigSyntax, place(offset) + what);
}

// Offset of the first raw control character in a string, else of the last opening quote.
std::size_t JsonText::string_at_fault() const {
  const std::string_view json = text_;
  bool inside = false;
  std::size_t opened = 0;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto c = static_cast<unsigned char>(json[i]);
    if (inside && c < 0x20) return i;
    if (inside && c == '\\') {
      ++i;
    } else if (c == '"') {
      inside = !inside;
      if (inside) opened = i;
    }
  }
  return opened;
}

std::size_t JsonText::offset_of(const char* at) const {
  const char* begin = text_.data();
  return at == nullptr || at < begin || at > begin + text_.size()
             ? 0
             : static_cast<std::size_t>(at - begin);
}

// "file:line:column: "; the column counts characters.
std::string JsonText::place(std::size_t offset) const {
  const std::string_view before = std::string_view(text_).substr(0, std::min(offset, text_.size()));
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  const std::string_view head = before.substr(line_start);
  const std::size_t column = 1 + simdutf::count_utf8(head.data(), head.size());
  return file_name_ + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
}

}  // namespace brink
