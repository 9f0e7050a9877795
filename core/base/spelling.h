#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

/// For "did you mean": on short names only, as its cost is the product of their sizes.
namespace brink {

/// Edits that turn one word into the other (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// ASCII letters only.
std::string to_lower(std::string_view text);

/// ", did you mean \"--listen\"?" for the nearest of the candidates if it is near enough, or
/// nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace brink
