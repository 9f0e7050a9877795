#pragma once

#include <string>
#include <vector>

#include "core/base/header_field.h"

namespace brink::proxy {

/// "name: value" of each, for comparisons and messages.
inline std::vector<std::string> lines(HeaderSpan headers) {
  std::vector<std::string> out;
  for (const HeaderField& field : headers)
    out.push_back(std::string(field.name) + ": " + std::string(field.value));
  return out;
}

}  // namespace brink::proxy
