#include "core/http/head.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/base/eight_bytes.h"

namespace brink::http {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::string_view find_in(const std::vector<HeaderField>& headers, std::string_view name) {
  for (const HeaderField& field : headers) {
    if (equals_ignore_case(field.name, name)) {
      // Absent is told by null data, so an empty value must have some.
      return field.value.data() == nullptr ? std::string_view("") : field.value;
    }
  }
  return {};
}

// Fields that whoever copies a head is about to add to it: the forwarding ones, Via.
constexpr std::size_t kUsuallyAdded = 6;

// What most names are; no more than a hint for valid_field_name().
bool all_letters_or_dashes(std::string_view name) {
  if (name.size() < 4) return false;
  if (name.size() < 8)
    return brink::all_letters_or_dashes(load_four_to_eight(name.data(), name.size()));
  const char* const last = name.data() + name.size() - 8;
  for (const char* at = name.data(); at < last; at += 8) {
    if (!brink::all_letters_or_dashes(load_eight(at))) return false;
  }
  return brink::all_letters_or_dashes(load_eight(last));
}

// RFC 9110 section 5.6.2.
constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> chars{};
  for (int c = '0'; c <= '9'; ++c) chars[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) chars[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) chars[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    chars[static_cast<unsigned char>(c)] = true;
  return chars;
}();

}  // namespace

std::string_view RequestHead::find(std::string_view name) const { return find_in(headers, name); }
std::string_view ResponseHead::find(std::string_view name) const { return find_in(headers, name); }

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const std::size_t size = a.size();
  if (size < 8) {
    for (std::size_t i = 0; i < size; ++i) {
      if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
    }
    return true;
  }
  for (std::size_t i = 0; i + 8 < size; i += 8) {
    if (!same_but_for_case(load_eight(a.data() + i), load_eight(b.data() + i))) return false;
  }
  return same_but_for_case(load_eight(a.data() + size - 8), load_eight(b.data() + size - 8));
}

bool list_contains(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (equals_ignore_case(trim_whitespace(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

bool is_hop_by_hop(std::string_view name) {
  switch (name.size()) {
    case 2:
      return equals_ignore_case(name, "te");
    case 7:
      return equals_ignore_case(name, "trailer") || equals_ignore_case(name, "upgrade");
    case 10:
      return equals_ignore_case(name, "connection") || equals_ignore_case(name, "keep-alive");
    case 14:
      return equals_ignore_case(name, "content-length");
    case 16:
      return equals_ignore_case(name, "proxy-connection");
    case 17:
      return equals_ignore_case(name, "transfer-encoding");
    case 18:
      return equals_ignore_case(name, "proxy-authenticate");
    case 19:
      return equals_ignore_case(name, "proxy-authorization");
    default:
      return false;
  }
}

ConnectionOptions::ConnectionOptions(HeaderSpan headers) {
  for (const HeaderField& field : headers) {
    if (equals_ignore_case(field.name, "connection")) add(field.value);
  }
}

void ConnectionOptions::add(std::string_view list) {
  while (!list.empty() && !too_many_) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view option = trim_whitespace(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    // Most lists say only "keep-alive" or "close".
    if (option.empty() || is_hop_by_hop(option) || equals_ignore_case(option, "close")) continue;
    if (count_ == kMax) {
      too_many_ = true;
    } else {
      names_[count_++] = {option.data(), option.size()};
    }
  }
}

bool ConnectionOptions::name(std::string_view field_name) const {
  if (count_ == 0 || equals_ignore_case(field_name, "host")) return false;
  return std::any_of(names_.begin(), names_.begin() + count_, [field_name](Name name) {
    return equals_ignore_case({name.text, name.size}, field_name);
  });
}

void append_end_to_end(HeaderSpan in, std::vector<HeaderField>& out) {
  ConnectionOptions options;
  const std::size_t begin = out.size();
  out.reserve(begin + in.size() + kUsuallyAdded);
  for (const HeaderField& field : in) {
    if (!is_hop_by_hop(field.name))
      out.push_back(field);
    else if (equals_ignore_case(field.name, "connection"))
      options.add(field.value);
  }
  if (options.empty()) return;
  const auto named =
      std::remove_if(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
                     [&options](const HeaderField& field) { return options.name(field.name); });
  out.erase(named, out.end());
}

bool valid_field_name(std::string_view name) {
  if (all_letters_or_dashes(name)) return true;
  bool valid = !name.empty();
  for (const char c : name) valid &= kTokenChars[static_cast<unsigned char>(c)];
  return valid;
}

bool valid_field_value(std::string_view value) {
  const auto has_forbidden = [](std::uint64_t eight) {
    return (any_is(eight, '\r') | any_is(eight, '\n') | any_is(eight, '\0')) != 0;
  };
  if (value.size() < 4) {
    return std::ranges::none_of(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  }
  if (value.size() < 8) return !has_forbidden(load_four_to_eight(value.data(), value.size()));
  const char* const last = value.data() + value.size() - 8;
  for (const char* at = value.data(); at < last; at += 8) {
    if (has_forbidden(load_eight(at))) return false;
  }
  return !has_forbidden(load_eight(last));
}

}  // namespace brink::http
