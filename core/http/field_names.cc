#include "core/http/field_names.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/eight_bytes.h"
#include "core/http/head.h"

namespace brink::http {
namespace {

/// The same for names that differ in the case of letters only.
std::uint64_t hash_of(std::string_view name) {
  constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15;
  std::uint64_t hash = name.size();
  const auto add = [&hash](std::uint64_t eight) {
    hash = (std::rotl(hash, 23) ^ (eight | eight_times(0x20))) * kMix;
  };
  for (; name.size() >= 8; name.remove_prefix(8)) add(load_eight(name.data()));
  std::uint64_t rest = 0;
  if (!name.empty()) std::memcpy(&rest, name.data(), name.size());
  add(rest);
  return hash;
}

}  // namespace

FieldNames::FieldNames(HeaderSpan fields) : fields_(fields) {
  if (fields.size() <= kFew) return;
  sorted_.reserve(fields.size());
  for (const HeaderField& field : fields) sorted_.push_back({hash_of(field.name), field.name});
  std::ranges::sort(sorted_, {}, &Name::hash);
}

bool FieldNames::contains(std::string_view name) const {
  if (sorted_.empty()) {
    return std::ranges::any_of(
        fields_, [name](const HeaderField& field) { return equals_ignore_case(field.name, name); });
  }
  const std::uint64_t hash = hash_of(name);
  const auto same_hash = std::ranges::equal_range(sorted_, hash, {}, &Name::hash);
  return std::ranges::any_of(
      same_hash, [name](const Name& known) { return equals_ignore_case(known.text, name); });
}

}  // namespace brink::http
