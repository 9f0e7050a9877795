#include "core/proxy/percent.h"

#include <simdutf.h>

namespace brink::proxy {
namespace {

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
  if (text.size() < 3) return false;
  const int high = hex_digit(text[1]);
  const int low = hex_digit(text[2]);
  if (high < 0 || low < 0) return false;
  byte = static_cast<char>(high * 16 + low);
  text.remove_prefix(3);
  return true;
}

}  // namespace

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

}  // namespace brink::proxy
