#pragma once

#include <v8.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace brink::sandbox {

/// Strings of an isolate for the header names that come with nearly every request. Bounded: a name
/// takes the place of an older one. Main thread; dies before the isolate.
class NameCache {
 public:
  explicit NameCache(v8::Isolate* isolate) : isolate_(isolate) {}
  NameCache(const NameCache&) = delete;
  NameCache& operator=(const NameCache&) = delete;

  /// The internalized string of `name` (ASCII) in lower case. Empty: an exception is pending.
  v8::MaybeLocal<v8::String> lower(std::string_view name);

 private:
  static constexpr std::size_t kLongest_bytes = 31;
  static constexpr std::size_t kPlaces = 128;

  /// A name as it was written, and its string.
  struct Place {
    v8::Global<v8::String> string;
    std::uint8_t size = 0;  // 0: empty
    std::array<char, kLongest_bytes> name;
  };

  v8::Isolate* isolate_;
  std::array<Place, kPlaces> places_;
};

}  // namespace brink::sandbox
