#pragma once

#include <span>
#include <string_view>

namespace brink {

/// One header field: views into somebody else's bytes.
struct HeaderField {
  std::string_view name;
  std::string_view value;
};

using HeaderSpan = std::span<const HeaderField>;

}  // namespace brink
