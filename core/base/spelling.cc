#include "core/base/spelling.h"

#include <algorithm>
#include <vector>

namespace brink {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return lower;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates) {
  constexpr std::size_t kMaxName_bytes = 64;
  if (name.size() > kMaxName_bytes || candidates.empty()) return {};
  const std::string lower = to_lower(name);
  const auto distance = [&](std::string_view each) { return edit_distance(lower, each); };
  const std::string_view best = *std::ranges::min_element(candidates, {}, distance);
  if (distance(best) > std::max<std::size_t>(2, name.size() / 3)) return {};
  return ", did you mean \"" + std::string(best) + "\"?";
}

}  // namespace brink
