#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/header_field.h"

namespace brink::http {

/// The names of a list of header fields, for who looks for many of them: comparing each of one list
/// with each of another is work that grows with the product of both, and both may be a stranger's.
/// Views; must not outlive the fields.
class FieldNames {
 public:
  explicit FieldNames(HeaderSpan fields);
  bool contains(std::string_view name) const;

 private:
  /// A few are compared faster than they are sorted.
  static constexpr std::size_t kFew = 24;

  struct Name {
    std::uint64_t hash;
    std::string_view text;
  };

  HeaderSpan fields_;
  std::vector<Name>
      sorted_;  // of more than kFew, by hash: names may have long beginnings in common
};

}  // namespace brink::http
