#pragma once

#include <string_view>
#include <vector>

#include "sandbox/module_graph.h"

namespace brink::sandbox {

/// The import() calls of a module whose specifier is a plain literal, in their order, none twice.
/// Not a parser: what looks like one in a comment or a string is among them, so that a specifier
/// that leads nowhere is no error until it is called. One with escapes is not found.
std::vector<ImportRequest> dynamic_imports(std::string_view source);

}  // namespace brink::sandbox
