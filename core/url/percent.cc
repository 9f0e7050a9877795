#include "core/url/percent.h"

#include <simdutf.h>

namespace brink::url {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Takes one byte off the front of `text`, decoded; false: a wrong escape. `text` is not empty.
bool take_byte(std::string_view& text, char& byte) {
  byte = text[0];
  if (byte != '%') {
    text.remove_prefix(1);
    return true;
  }
  const std::optional<unsigned char> escaped = escaped_byte(text);
  if (!escaped) return false;
  byte = static_cast<char>(*escaped);
  text.remove_prefix(3);
  return true;
}

}  // namespace

std::optional<unsigned char> escaped_byte(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const int high = hex_digit(text[1]);
  const int low = hex_digit(text[2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<unsigned char>(high * 16 + low);
}

bool is_hex_digit(unsigned char c) { return hex_digit(static_cast<char>(c)) >= 0; }

std::string as_utf8(std::string text) {
  std::string_view rest = text;
  simdutf::result valid = simdutf::validate_utf8_with_errors(rest.data(), rest.size());
  if (valid.error == simdutf::SUCCESS) return text;
  std::string out;
  while (valid.error != simdutf::SUCCESS) {
    out.append(rest.substr(0, valid.count)).append(kReplacement);
    rest.remove_prefix(valid.count + 1);
    valid = simdutf::validate_utf8_with_errors(rest.data(), rest.size());
  }
  return out.append(rest);
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  char byte = 0;
  while (!text.empty()) {
    if (!take_byte(text, byte)) return std::nullopt;
    decoded += byte;
  }
  if (!simdutf::validate_utf8(decoded.data(), decoded.size())) return std::nullopt;
  return decoded;
}

std::string percent_decode_lenient(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  char byte = 0;
  while (!text.empty()) {
    if (!take_byte(text, byte)) text.remove_prefix(1);  // byte is the '%'
    decoded += byte;
  }
  return decoded;
}

bool percent_decoded_equals(std::string_view text, std::string_view plain) {
  char byte = 0;
  while (!text.empty() && !plain.empty()) {
    if (!take_byte(text, byte) || byte != plain[0]) return false;
    plain.remove_prefix(1);
  }
  return text.empty() && plain.empty();
}

}  // namespace brink::url
