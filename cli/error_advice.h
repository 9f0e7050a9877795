#pragma once

#include <string_view>

#include "core/base/errors.h"

namespace brink::cli {

/// What the reader of docs/limits.md should know and do about an error: one or two sentences.
std::string_view error_advice(ErrorCode code);

}  // namespace brink::cli
