// Text and bytes (Encoding standard; base64 of the Infra standard), on simdutf.
#include <simdutf.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

constexpr int kWriteFlags = v8::String::WriteFlags::kReplaceInvalidUtf8;

void give(const Info& info, v8::MaybeLocal<v8::String> text) {
  v8::Local<v8::String> string;
  if (text.ToLocal(&string)) info.GetReturnValue().Set(string);
}

bool string_argument(const Info& info, int index, v8::Local<v8::String>& text) {
  if (!info[index]->IsString()) {
    throw_type_error(info.GetIsolate(), "expected a string");
    return false;
  }
  text = info[index].As<v8::String>();
  return true;
}

bool bytes_argument(const Info& info, int index, ByteView& bytes) {
  if (bytes.read(info[index])) return true;
  throw_type_error(info.GetIsolate(), "expected a Uint8Array");
  return false;
}

void put_pair(v8::Local<v8::Value> out, std::uint32_t first, std::uint32_t second) {
  if (!out->IsUint32Array() || out.As<v8::Uint32Array>()->Length() < 2) return;
  v8::Local<v8::Uint32Array> target = out.As<v8::Uint32Array>();
  const std::array<std::uint32_t, 2> pair{first, second};
  std::memcpy(static_cast<std::byte*>(target->Buffer()->Data()) + target->ByteOffset(), pair.data(),
              sizeof pair);
}

v8::MaybeLocal<v8::String> utf16_string(v8::Isolate* isolate, const char16_t* data,
                                        std::size_t size) {
  if (size > v8::String::kMaxLength) {
    isolate->ThrowException(v8::Exception::RangeError(
        v8::String::NewFromUtf8Literal(isolate, "Invalid string length")));
    return {};
  }
  return v8::String::NewFromTwoByte(isolate, reinterpret_cast<const std::uint16_t*>(data),
                                    v8::NewStringType::kNormal, static_cast<int>(size));
}

bool fits_string(v8::Isolate* isolate, std::size_t size) {
  if (size <= v8::String::kMaxLength) return true;
  isolate->ThrowException(
      v8::Exception::RangeError(v8::String::NewFromUtf8Literal(isolate, "Invalid string length")));
  return false;
}

// ------------------------------------------------------------------------------------------ UTF-8

void utf8_encode(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::String> text;
  if (!string_argument(info, 0, text)) return;
  std::uint8_t* data = nullptr;
  v8::Local<v8::Uint8Array> array;
  const std::size_t size = text->Utf8LengthV2(isolate);
  if (!new_bytes(isolate, size, data).ToLocal(&array)) return;
  if (size != 0) {
    if (text->IsOneByte()) {
      const v8::String::ValueView view(isolate, text);  // no allocation while it is alive
      [[maybe_unused]] const std::size_t written =
          simdutf::convert_latin1_to_utf8(reinterpret_cast<const char*>(view.data8()),
                                          view.length(), reinterpret_cast<char*>(data));
    } else {
      text->WriteUtf8V2(isolate, reinterpret_cast<char*>(data), size, kWriteFlags);
    }
  }
  info.GetReturnValue().Set(array);
}

void utf8_encode_into(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::String> text;
  if (!string_argument(info, 0, text)) return;
  if (!info[1]->IsUint8Array()) return throw_type_error(isolate, "expected a Uint8Array");
  v8::Local<v8::Uint8Array> target = info[1].As<v8::Uint8Array>();
  std::size_t read = 0, written = 0;
  if (target->ByteLength() != 0) {
    char* data = static_cast<char*>(target->Buffer()->Data()) + target->ByteOffset();
    written = text->WriteUtf8V2(isolate, data, target->ByteLength(), kWriteFlags, &read);
  }
  put_pair(info[2], static_cast<std::uint32_t>(read), static_cast<std::uint32_t>(written));
}

void utf8_byte_length(const Info& info) {
  v8::Local<v8::String> text;
  if (!string_argument(info, 0, text)) return;
  info.GetReturnValue().Set(static_cast<double>(text->Utf8LengthV2(info.GetIsolate())));
}

void utf8_decode(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  ByteView view;
  if (!bytes_argument(info, 0, view)) return;
  const std::string_view bytes = view.view();
  const bool fatal = info[1]->IsTrue();
  if (simdutf::validate_ascii(bytes.data(), bytes.size())) {
    if (fits_string(isolate, bytes.size())) give(info, latin1_string(isolate, bytes));
    return;
  }
  if (!simdutf::validate_utf8(bytes.data(), bytes.size())) {
    if (fatal || !fits_string(isolate, bytes.size())) return;
    return give(info, utf8_string(isolate, bytes));
  }
  std::vector<char16_t> units(simdutf::utf16_length_from_utf8(bytes.data(), bytes.size()));
  [[maybe_unused]] const std::size_t written =
      simdutf::convert_valid_utf8_to_utf16le(bytes.data(), bytes.size(), units.data());
  give(info, utf16_string(isolate, units.data(), units.size()));
}

// --------------------------------------------------------------------------------- UTF-16, latin1

void utf16le_decode(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  ByteView view;
  if (!bytes_argument(info, 0, view)) return;
  const std::span<const char> bytes = view.bytes();
  std::vector<char16_t> units(bytes.size() / 2);
  std::memcpy(units.data(), bytes.data(), units.size() * 2);
  const bool odd = bytes.size() % 2 != 0;
  if (info[1]->IsTrue()) {
    if (odd || !simdutf::validate_utf16le(units.data(), units.size())) return;
  } else {
    simdutf::to_well_formed_utf16le(units.data(), units.size(), units.data());
    if (odd) units.push_back(u'\uFFFD');
  }
  give(info, utf16_string(isolate, units.data(), units.size()));
}

// What windows-1252 has at 0x80 to 0x9F.
constexpr std::array<char16_t, 32> kWindows1252{
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

void latin1_decode(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  ByteView view;
  if (!bytes_argument(info, 0, view)) return;
  const std::string_view bytes = view.view();
  if (!fits_string(isolate, bytes.size())) return;
  const auto is_special = [](char c) { return (static_cast<unsigned char>(c) & 0xE0U) == 0x80; };
  if (std::ranges::none_of(bytes, is_special)) return give(info, latin1_string(isolate, bytes));
  std::vector<char16_t> units(bytes.size());
  std::ranges::transform(bytes, units.begin(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return is_special(c) ? kWindows1252[byte - 0x80U] : static_cast<char16_t>(byte);
  });
  give(info, utf16_string(isolate, units.data(), units.size()));
}

// ----------------------------------------------------------------------------------------- base64

void atob(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::String> text;
  if (!string_argument(info, 0, text)) return;
  if (!text->ContainsOnlyOneByte()) return;
  Scratch scratch;
  const std::string_view data = scratch.latin1(isolate, text).value_or("");
  std::vector<char> bytes(simdutf::maximal_binary_length_from_base64(data.data(), data.size()));
  const simdutf::result result = simdutf::base64_to_binary(data.data(), data.size(), bytes.data());
  if (result.error != simdutf::error_code::SUCCESS) return;
  give(info, latin1_string(isolate, {bytes.data(), result.count}));
}

void btoa(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::String> text;
  if (!string_argument(info, 0, text)) return;
  if (!text->ContainsOnlyOneByte()) return;
  Scratch scratch;
  const std::string_view data = scratch.latin1(isolate, text).value_or("");
  std::vector<char> encoded(simdutf::base64_length_from_binary(data.size()));
  if (!fits_string(isolate, encoded.size())) return;
  simdutf::binary_to_base64(data.data(), data.size(), encoded.data());
  give(info, latin1_string(isolate, {encoded.data(), encoded.size()}));
}

constexpr sandbox::NativeFunction kFunctions[] = {
    {"utf8Encode", utf8_encode},
    {"utf8EncodeInto", utf8_encode_into},
    {"utf8ByteLength", utf8_byte_length},
    {"utf8Decode", utf8_decode},
    {"utf16leDecode", utf16le_decode},
    {"latin1Decode", latin1_decode},
    {"atob", atob},
    {"btoa", btoa},
};

}  // namespace

sandbox::Binding encoding_binding() { return {kFunctions}; }

}  // namespace brink::bindings
