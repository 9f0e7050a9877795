#include "sandbox/dynamic_imports.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

namespace brink::sandbox {
namespace {

constexpr std::string_view kImport = "import";

bool in_identifier(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= 'a' && byte <= 'z') || byte == '_' || byte == '$' || byte >= 0x80;
}

/// Past white space and comments.
std::size_t skip_blank(std::string_view source, std::size_t at) {
  for (;;) {
    at = std::min(source.find_first_not_of(" \t\r\n\v\f", at), source.size());
    const std::string_view rest = source.substr(at);
    if (rest.starts_with("//")) {
      at = source.find('\n', at);
    } else if (rest.starts_with("/*")) {
      at = source.find("*/", at + 2);
      if (at != std::string_view::npos) at += 2;
    } else {
      return at;
    }
    if (at == std::string_view::npos) return source.size();
  }
}

/// The literal at `at`, which is moved past it.
std::optional<std::string_view> literal(std::string_view source, std::size_t& at) {
  if (at >= source.size()) return std::nullopt;
  const char quote = source[at];
  if (quote != '"' && quote != '\'' && quote != '`') return std::nullopt;
  const std::size_t end = source.find(quote, at + 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view text = source.substr(at + 1, end - at - 1);
  if (text.find_first_of("\\\n\r") != std::string_view::npos) return std::nullopt;
  if (quote == '`' && text.contains("${")) return std::nullopt;
  at = end + 1;
  return text;
}

/// The specifier of the call whose "import" ends at `at`.
std::optional<std::string_view> specifier(std::string_view source, std::size_t at) {
  at = skip_blank(source, at);
  if (at >= source.size() || source[at] != '(') return std::nullopt;
  at = skip_blank(source, at + 1);
  const std::optional<std::string_view> text = literal(source, at);
  if (!text) return std::nullopt;
  at = skip_blank(source, at);
  const bool whole = at < source.size() && (source[at] == ')' || source[at] == ',');
  return whole ? text : std::nullopt;
}

}  // namespace

std::vector<ImportRequest> dynamic_imports(std::string_view source) {
  std::vector<ImportRequest> found;
  std::uint32_t line = 1;
  std::size_t line_start = 0, counted = 0;
  for (std::size_t at = source.find(kImport); at != std::string_view::npos;
       at = source.find(kImport, at + kImport.size())) {
    if (at != 0 && (in_identifier(source[at - 1]) || source[at - 1] == '.')) continue;
    const std::optional<std::string_view> text = specifier(source, at + kImport.size());
    if (!text || std::ranges::contains(found, *text, &ImportRequest::specifier)) continue;
    for (; counted < at; ++counted) {
      if (source[counted] != '\n') continue;
      ++line;
      line_start = counted + 1;
    }
    found.push_back({.specifier = std::string(*text),
                     .line = line,
                     .column = static_cast<std::uint32_t>(at - line_start + 1),
                     .lazy = true});
  }
  return found;
}

}  // namespace brink::sandbox
