#include "core/http/field_names.h"

#include <algorithm>

#include "core/http/head.h"

namespace brink::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool before(std::string_view a, std::string_view b) {
  return std::ranges::lexicographical_compare(a, b, {}, lower, lower);
}

}  // namespace

FieldNames::FieldNames(HeaderSpan fields) : fields_(fields) {
  if (fields.size() <= kFew) return;
  sorted_.reserve(fields.size());
  for (const HeaderField& field : fields) sorted_.push_back(field.name);
  std::ranges::sort(sorted_, before);
}

bool FieldNames::contains(std::string_view name) const {
  if (!sorted_.empty()) return std::ranges::binary_search(sorted_, name, before);
  return std::ranges::any_of(
      fields_, [name](const HeaderField& field) { return equals_ignore_case(field.name, name); });
}

}  // namespace brink::http
