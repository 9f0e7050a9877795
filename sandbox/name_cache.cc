#include "sandbox/name_cache.h"

#include <algorithm>
#include <string>

namespace brink::sandbox {
namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

/// Tells the names that browsers and proxies send apart.
std::size_t mixed(std::string_view name) {
  const auto byte = [&](std::size_t at) {
    return std::size_t{static_cast<unsigned char>(name[at])};
  };
  return name.size() + byte(0) * 13 + byte(name.size() * 3 / 4) * 11 + byte(name.size() - 1) * 17;
}

v8::MaybeLocal<v8::String> make_lower(v8::Isolate* isolate, std::string_view name) {
  std::string lowered(name);
  std::ranges::transform(lowered, lowered.begin(), to_lower);
  return v8::String::NewFromOneByte(isolate, reinterpret_cast<const std::uint8_t*>(lowered.data()),
                                    v8::NewStringType::kInternalized,
                                    static_cast<int>(lowered.size()));
}

}  // namespace

v8::MaybeLocal<v8::String> NameCache::lower(std::string_view name) {
  if (name.empty() || name.size() > kLongest_bytes) return make_lower(isolate_, name);
  Place& place = places_[mixed(name) % kPlaces];
  if (std::string_view(place.name.data(), place.size) == name) return place.string.Get(isolate_);
  v8::Local<v8::String> string;
  if (!make_lower(isolate_, name).ToLocal(&string)) return {};
  place.string.Reset(isolate_, string);
  place.size = static_cast<std::uint8_t>(name.size());
  std::ranges::copy(name, place.name.begin());
  return string;
}

}  // namespace brink::sandbox
