#pragma once

#include <expected>
#include <string>

#include "core/base/errors.h"

namespace brink {

/// What went wrong: a stable code and one line that says what, where, and what would be right.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

/// A value or an Error. Used for everything that input can make go wrong.
template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace brink
