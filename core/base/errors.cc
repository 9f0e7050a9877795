#include "core/base/errors.h"

#include <iterator>

namespace brink {
namespace {

constexpr ErrorInfo kErrors[] = {
#define BRINK_INFO(id, name, status, title) {ErrorCode::id, name, status, title},
    BRINK_ERROR_TABLE(BRINK_INFO)
#undef BRINK_INFO
};

}  // namespace

std::span<const ErrorInfo> all_errors() { return kErrors; }

const ErrorInfo& error_info(ErrorCode code) { return kErrors[static_cast<std::size_t>(code)]; }

std::optional<ErrorCode> error_by_name(std::string_view name) {
  for (const ErrorInfo& info : kErrors) {
    if (info.name == name) return info.code;
  }
  return std::nullopt;
}

std::optional<ErrorCode> error_by_number(std::uint16_t number) {
  if (number >= std::size(kErrors)) return std::nullopt;
  return kErrors[number].code;
}

std::string_view error_docs_page() { return "docs/limits.md"; }

}  // namespace brink
