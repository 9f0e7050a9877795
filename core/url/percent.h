#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace brink::url {

/// decodeURIComponent (ECMA-262): nullopt when a '%' is not followed by two hexadecimal digits, or
/// the result is not valid UTF-8.
std::optional<std::string> percent_decode(std::string_view text);

/// Byte by byte; what is not an escape stays as it is.
std::string percent_decode_lenient(std::string_view text);

/// The byte of the escape ("%41") that `text` begins with; nullopt when it begins with none.
std::optional<unsigned char> escaped_byte(std::string_view text);
bool is_hex_digit(unsigned char c);

/// With U+FFFD for each byte that belongs to no valid UTF-8.
std::string as_utf8(std::string text);

/// True when `text`, percent-decoded byte by byte, is `plain`. Allocates nothing; a wrong escape is
/// never equal.
bool percent_decoded_equals(std::string_view text, std::string_view plain);

}  // namespace brink::url
