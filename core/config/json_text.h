#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace brink {

/// The text of a JSON file while it is parsed: turns simdjson's errors into ours, with their place.
/// Pointers are into padded(), as simdjson gives them; nullptr: no place is known. Lives within one
/// parse.
class JsonText {
 public:
  JsonText(std::string_view json, std::string_view file_name)
      : text_(json), file_name_(file_name) {}

  const simdjson::padded_string& padded() const { return text_; }

  /// kConfigInvalid: "file:line:column: what".
  std::unexpected<Error> invalid(const char* at, std::string_view what) const;
  /// kConfigInvalid: the value at `at` "must be ...".
  std::unexpected<Error> must_be(const char* at, std::string_view key,
                                 std::string_view right) const;
  /// kConfigSyntax: the text is not JSON.
  std::unexpected<Error> syntax(simdjson::error_code error, const char* at) const;
  /// A value that could not be read as what it should be: must_be(), or syntax() when it is no
  /// JSON.
  std::unexpected<Error> unreadable(simdjson::error_code error, const char* at,
                                    std::string_view key, std::string_view right) const;

 private:
  std::size_t string_at_fault() const;
  std::size_t offset_of(const char* at) const;
  std::string place(std::size_t offset) const;

  const simdjson::padded_string text_;
  const std::string file_name_;
};

/// In quotes, cut when it is long: for messages.
std::string in_quotes(std::string_view text);

}  // namespace brink
