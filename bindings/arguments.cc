#include "bindings/arguments.h"

#include <simdutf.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace brink::bindings {
namespace {

// RFC 9110 5.6.2: the characters of a token.
constexpr std::array<bool, 256> kToken = [] {
  std::array<bool, 256> token{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    token[static_cast<unsigned char>(c)] = true;
  }
  return token;
}();

bool is_token(std::string_view name) {
  return !name.empty() &&
         std::ranges::all_of(name, [](char c) { return kToken[static_cast<unsigned char>(c)]; });
}

// RFC 9110 5.5, but for line feeds, which lists of headers have between their parts.
bool has_forbidden_byte(std::string_view text) {
  return text.contains('\0') || text.contains('\r');
}

}  // namespace

void throw_type_error(v8::Isolate* isolate, std::string_view message) {
  v8::Local<v8::String> text;
  if (!utf8_string(isolate, message).ToLocal(&text)) return;
  isolate->ThrowException(v8::Exception::TypeError(text));
}

sandbox::Worker* worker_of(const Info& info) {
  sandbox::Worker* worker = sandbox::Worker::of(info.GetIsolate());
  if (worker == nullptr)
    throw_type_error(info.GetIsolate(), "not available while the snapshot is made");
  return worker;
}

sandbox::RequestState* request_argument(const Info& info, sandbox::Worker& worker, int index) {
  sandbox::RequestState* request = worker.requests().find(uint32_argument(info, index));
  if (request == nullptr || request->done) {
    throw_type_error(info.GetIsolate(), "the request has ended");
    return nullptr;
  }
  return request;
}

std::uint32_t uint32_argument(const Info& info, int index) {
  v8::Local<v8::Value> value = info[index];
  return value->IsUint32() ? value.As<v8::Uint32>()->Value() : 0;
}

// ---------------------------------------------------------------------------------------- Scratch

std::optional<std::string_view> Scratch::latin1(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  if (!value->IsString()) return std::nullopt;
  v8::Local<v8::String> text = value.As<v8::String>();
  if (!text->IsOneByte() && !text->ContainsOnlyOneByte()) return std::nullopt;
  const auto size = static_cast<std::uint32_t>(text->Length());
  char* bytes = take(size);
  text->WriteOneByteV2(isolate, 0, size, reinterpret_cast<std::uint8_t*>(bytes));
  return std::string_view(bytes, size);
}

std::string_view Scratch::utf8(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  if (!value->IsString()) return {};
  v8::Local<v8::String> text = value.As<v8::String>();
  if (text->IsOneByte()) {  // nearly always ASCII: then these are the bytes
    const std::string_view bytes = latin1(isolate, value).value_or(std::string_view());
    if (simdutf::validate_ascii(bytes.data(), bytes.size())) return bytes;
  }
  const std::size_t capacity = text->Utf8LengthV2(isolate);
  char* bytes = take(capacity);
  return {bytes,
          text->WriteUtf8V2(isolate, bytes, capacity, v8::String::WriteFlags::kReplaceInvalidUtf8)};
}

bool Scratch::headers(v8::Isolate* isolate, v8::Local<v8::Value> list, HeaderSpan& out,
                      std::string_view too_many) {
  const std::optional<std::string_view> text = latin1(isolate, list);
  if (!text) {
    throw_type_error(isolate, "headers must be one string, without characters above 255");
    return false;
  }
  if (text->empty()) return true;
  const auto breaks = static_cast<std::size_t>(std::ranges::count(*text, '\n'));
  const std::size_t count = breaks / 2 + 1;
  if (count > ipc::kMaxHeaders) {
    throw_type_error(isolate, std::string(too_many) + "a message can have at most " +
                                  std::to_string(ipc::kMaxHeaders) + " headers, this one has " +
                                  std::to_string(count));
    return false;
  }
  if (breaks % 2 == 0) {
    throw_type_error(isolate, "a header has a name and a value");
    return false;
  }
  const bool suspect = has_forbidden_byte(*text);
  auto* fields = static_cast<HeaderField*>(
      memory_.allocate(sizeof(HeaderField) * count, alignof(HeaderField)));
  std::string_view rest = *text;
  const auto next = [&rest] {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    return line;
  };
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view name = next(), value = next();
    if (!is_token(name)) {
      throw_type_error(isolate, "a header name has a character that HTTP forbids");
      return false;
    }
    if (suspect && has_forbidden_byte(value)) {
      throw_type_error(isolate, "the value of the header \"" + std::string(name) +
                                    "\" has a character that HTTP forbids");
      return false;
    }
    new (&fields[i]) HeaderField{name, value};
  }
  out = {fields, count};
  return true;
}

// ------------------------------------------------------------------------------------------ bytes

bool ByteView::read(v8::Local<v8::Value> value) {
  if (!value->IsArrayBufferView()) return false;
  span_ = value.As<v8::ArrayBufferView>()->GetContents({storage_.data(), storage_.size()});
  return true;
}

v8::MaybeLocal<v8::Uint8Array> new_bytes(v8::Isolate* isolate, std::size_t size,
                                         std::uint8_t*& data) {
  v8::Local<v8::ArrayBuffer> buffer;
  if (!v8::ArrayBuffer::MaybeNew(isolate, size, v8::BackingStoreInitializationMode::kUninitialized)
           .ToLocal(&buffer)) {
    isolate->ThrowException(v8::Exception::RangeError(
        v8::String::NewFromUtf8Literal(isolate, "Array buffer allocation failed")));
    return {};
  }
  data = static_cast<std::uint8_t*>(buffer->Data());
  return v8::Uint8Array::New(buffer, 0, size);
}

v8::MaybeLocal<v8::Uint8Array> copy_bytes(v8::Isolate* isolate, std::string_view bytes) {
  std::uint8_t* data = nullptr;
  v8::Local<v8::Uint8Array> array;
  if (!new_bytes(isolate, bytes.size(), data).ToLocal(&array)) return {};
  if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  return array;
}

// ---------------------------------------------------------------------------------------- strings

v8::MaybeLocal<v8::String> latin1_string(v8::Isolate* isolate, std::string_view bytes) {
  return v8::String::NewFromOneByte(isolate, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                    v8::NewStringType::kNormal, static_cast<int>(bytes.size()));
}

v8::MaybeLocal<v8::String> utf8_string(v8::Isolate* isolate, std::string_view bytes) {
  return v8::String::NewFromUtf8(isolate, bytes.data(), v8::NewStringType::kNormal,
                                 static_cast<int>(bytes.size()));
}

v8::MaybeLocal<v8::String> utf8_text(v8::Isolate* isolate, std::string_view bytes) {
  return simdutf::validate_ascii(bytes.data(), bytes.size()) ? latin1_string(isolate, bytes)
                                                             : utf8_string(isolate, bytes);
}

v8::MaybeLocal<v8::String> internalized_string(v8::Isolate* isolate, std::string_view bytes) {
  return v8::String::NewFromOneByte(isolate, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                    v8::NewStringType::kInternalized,
                                    static_cast<int>(bytes.size()));
}

bool HeaderArray::add(std::string_view name, std::string_view value) {
  v8::Local<v8::String> name_string, value_string;
  if (!worker_.names().lower(name).ToLocal(&name_string) ||
      !latin1_string(worker_.isolate(), value).ToLocal(&value_string)) {
    return false;
  }
  elements_.push_back(name_string);
  elements_.push_back(value_string);
  return true;
}

v8::Local<v8::Array> HeaderArray::array() {
  return v8::Array::New(worker_.isolate(), elements_.data(), elements_.size());
}

}  // namespace brink::bindings
