#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace brink::proxy {

/// decodeURIComponent (ECMA-262): nullopt when a '%' is not followed by two hexadecimal digits, or
/// the result is not valid UTF-8.
std::optional<std::string> percent_decode(std::string_view text);

/// Byte by byte; what is not an escape stays as it is.
std::string percent_decode_lenient(std::string_view text);

/// True when `text`, percent-decoded byte by byte, is `plain`. Allocates nothing; a wrong escape is
/// never equal.
bool percent_decoded_equals(std::string_view text, std::string_view plain);

}  // namespace brink::proxy
