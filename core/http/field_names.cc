#include "core/http/field_names.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>

#include "core/base/eight_bytes.h"
#include "core/http/head.h"

namespace brink::http {
namespace {

/// The same for names that differ in the case of letters only.
std::uint64_t hash_of(std::string_view name) {
  constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15;
  // Or somebody could think of names that have one hash.
  static const std::uint64_t seed = std::uint64_t{std::random_device{}()} << 32;
  std::uint64_t hash = seed ^ name.size();
  const auto add = [&hash](std::uint64_t eight) {
    hash = (std::rotl(hash, 23) ^ lower_case(eight)) * kMix;
  };
  std::size_t at = 0;
  for (; at + 8 <= name.size(); at += 8) add(load_eight(name.data() + at));
  std::uint64_t rest = 0;
  if (at < name.size()) std::memcpy(&rest, name.data() + at, name.size() - at);
  add(rest);
  return hash;
}

}  // namespace

FieldNames::FieldNames(HeaderSpan fields) : fields_(fields) {
  if (fields.size() <= kFew) return;
  sorted_.reserve(fields.size());
  for (const HeaderField& field : fields) sorted_.push_back({hash_of(field.name), field.name});
  std::ranges::sort(sorted_, {}, &Name::hash);
  // A name that is there a thousand times must not be compared so often.
  const auto again = std::ranges::unique(sorted_, [](const Name& a, const Name& b) {
    return a.hash == b.hash && equals_ignore_case(a.text, b.text);
  });
  sorted_.erase(again.begin(), again.end());
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
