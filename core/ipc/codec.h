#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/header_field.h"

namespace brink::ipc {

/// The most entries of one header list; a longer one is an error on either side.
inline constexpr std::size_t kMaxHeaders = 256;

/// Writes a message's fields into a buffer of known size. Once something does not fit, nothing more
/// is written and ok() is false.
class Encoder {
 public:
  explicit Encoder(std::span<std::byte> out)
      : begin_(out.data()), at_(begin_), end_(begin_ + out.size()) {}

  template <class T>
    requires(std::is_integral_v<T> || std::is_enum_v<T>)
  void operator()(const T& value) {
    put(&value, sizeof value);
  }
  void operator()(std::string_view text) {
    (*this)(static_cast<std::uint32_t>(text.size()));
    put(text.data(), text.size());
  }
  void operator()(HeaderSpan list) {
    if (list.size() > kMaxHeaders) ok_ = false;
    (*this)(static_cast<std::uint32_t>(list.size()));
    for (const HeaderField& field : list) (*this)(field.name), (*this)(field.value);
  }

  bool ok() const { return ok_; }
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  void put(const void* data, std::size_t size) {
    if (!ok_ || size > static_cast<std::size_t>(end_ - at_)) {
      ok_ = false;
      return;
    }
    if (size != 0) std::memcpy(at_, data, size);
    at_ += size;
  }

  std::byte* begin_;
  std::byte* at_;
  std::byte* end_;
  bool ok_ = true;
};

/// A number from memory that its writer may change meanwhile: what is checked is what is used, as
/// the compiler may not read it again.
template <class T>
T read_once(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  asm volatile("" : "+r"(value));
  return value;
}

/// Header lists of the message being decoded; reused from message to message.
class HeaderScratch {
 public:
  HeaderScratch() { fields_.reserve(2 * kMaxHeaders); }
  void clear() { fields_.clear(); }
  std::vector<HeaderField>& fields() { return fields_; }

 private:
  std::vector<HeaderField>
      fields_;  // never grows past its first capacity: spans into it stay valid
};

/// Reads a message's fields. Every length is checked against the frame, every enumeration against
/// its kCount, booleans against 0 and 1; after a violation all further reads give zeros and ok() is
/// false.
class Decoder {
 public:
  Decoder(std::span<const std::byte> in, HeaderScratch& scratch)
      : at_(in.data()), end_(in.data() + in.size()), scratch_(scratch) {
    scratch.clear();
  }

  template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
  void operator()(T& value) {
    value = T{};
    if (const std::byte* p = take(sizeof(T))) value = read_once<T>(p);
  }
  void operator()(bool& value) {
    std::uint8_t raw = 0;
    (*this)(raw);
    if (raw > 1) ok_ = false;
    value = raw == 1;
  }
  template <class T>
    requires std::is_enum_v<T>
  void operator()(T& value) {
    std::underlying_type_t<T> raw = 0;
    (*this)(raw);
    if (raw >= static_cast<std::underlying_type_t<T>>(T::kCount)) {
      ok_ = false;
      raw = 0;
    }
    value = static_cast<T>(raw);
  }
  void operator()(std::string_view& text) {
    std::uint32_t size = 0;
    (*this)(size);
    const std::byte* p = take(size);
    text = p ? std::string_view(reinterpret_cast<const char*>(p), size) : std::string_view();
  }
  void operator()(HeaderSpan& list) {
    std::uint32_t count = 0;
    (*this)(count);
    if (count > kMaxHeaders) ok_ = false;
    if (!ok_) count = 0;
    auto& fields = scratch_.fields();
    const std::size_t first = fields.size();
    if (first + count > fields.capacity()) ok_ = false, count = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      HeaderField field;
      (*this)(field.name), (*this)(field.value);
      fields.push_back(field);
    }
    list = HeaderSpan(fields.data() + first, ok_ ? count : 0);
  }

  /// True when everything so far was valid and nothing is left over.
  bool finished() const { return ok_ && at_ == end_; }
  bool ok() const { return ok_; }

 private:
  const std::byte* take(std::size_t size) {
    if (!ok_ || size > static_cast<std::size_t>(end_ - at_)) {
      ok_ = false;
      return nullptr;
    }
    const std::byte* p = at_;
    at_ += size;
    return p;
  }

  const std::byte* at_;
  const std::byte* end_;
  HeaderScratch& scratch_;
  bool ok_ = true;
};

/// Decodes a whole payload into `message`; false when any byte of it is not as it should be.
template <class Message>
bool decode(std::span<const std::byte> payload, HeaderScratch& scratch, Message& message) {
  Decoder decoder(payload, scratch);
  message.fields(decoder);
  return decoder.finished();
}

}  // namespace brink::ipc
