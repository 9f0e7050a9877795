#pragma once

#include <v8.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/header_field.h"
#include "sandbox/request_table.h"
#include "sandbox/worker.h"

namespace brink::bindings {

using Info = v8::FunctionCallbackInfo<v8::Value>;

/// Throws a TypeError in JavaScript. The caller returns at once.
void throw_type_error(v8::Isolate* isolate, std::string_view message);

/// The worker, or nullptr with a TypeError thrown: while the snapshot is made there is none.
sandbox::Worker* worker_of(const Info& info);

/// The live request that argument `index` names, or nullptr with a TypeError thrown.
sandbox::RequestState* request_argument(const Info& info, sandbox::Worker& worker, int index);

std::uint32_t uint32_argument(const Info& info, int index);

/// Strings and header lists of one native call, copied out of V8's heap. On the stack of the call;
/// what it returns lives as long as it does.
class Scratch {
 public:
  Scratch() : memory_(inline_.data(), inline_.size()) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// A string's characters as bytes (isomorphic encode). nullopt: not a string, or a character
  /// above 255.
  std::optional<std::string_view> latin1(v8::Isolate* isolate, v8::Local<v8::Value> value);
  /// A string as UTF-8, lone surrogates replaced; empty for what is not a string.
  std::string_view utf8(v8::Isolate* isolate, v8::Local<v8::Value> value);

  /// "name\nvalue\nname\nvalue". False: a TypeError is thrown, because it is no such list or a
  /// name or value has bytes that HTTP forbids (RFC 9110 5.1, 5.5).
  /// `too_many` begins the message when there are more than a message can have.
  bool headers(v8::Isolate* isolate, v8::Local<v8::Value> list, HeaderSpan& out,
               std::string_view too_many = {});

 private:
  char* take(std::size_t size) { return static_cast<char*>(memory_.allocate(size, 1)); }

  alignas(std::max_align_t) std::array<std::byte, 8192> inline_;
  std::pmr::monotonic_buffer_resource memory_;
};

/// Bytes of a Uint8Array argument. Small arrays live inside V8's heap: they are copied to
/// `storage`.
class ByteView {
 public:
  /// False: not an ArrayBufferView.
  bool read(v8::Local<v8::Value> value);
  std::span<const char> bytes() const {
    return {reinterpret_cast<const char*>(span_.data()), span_.size()};
  }
  std::string_view view() const { return {bytes().data(), bytes().size()}; }

 private:
  std::array<std::uint8_t, 128> storage_;
  v8::MemorySpan<std::uint8_t> span_;
};

/// A fresh Uint8Array over `size` bytes to be filled; data is nullptr when size is 0. Empty: a
/// RangeError is pending, it does not fit into the memory limit.
v8::MaybeLocal<v8::Uint8Array> new_bytes(v8::Isolate* isolate, std::size_t size,
                                         std::uint8_t*& data);
v8::MaybeLocal<v8::Uint8Array> copy_bytes(v8::Isolate* isolate, std::string_view bytes);

/// Strings from the wire. Empty (an exception is pending) when longer than a string can be.
v8::MaybeLocal<v8::String> latin1_string(v8::Isolate* isolate, std::string_view bytes);
v8::MaybeLocal<v8::String> utf8_string(v8::Isolate* isolate, std::string_view bytes);
/// The same for text that is nearly always ASCII; bytes that are not UTF-8 are replaced as the
/// Encoding standard does.
v8::MaybeLocal<v8::String> utf8_text(v8::Isolate* isolate, std::string_view bytes);
/// For names that repeat: the same string object each time.
v8::MaybeLocal<v8::String> internalized_string(v8::Isolate* isolate, std::string_view bytes);

/// Builds [name, value, name, value, ...] with names in lower case.
class HeaderArray {
 public:
  explicit HeaderArray(sandbox::Worker& worker) : worker_(worker) { elements_.reserve(kUsual); }
  bool add(std::string_view name, std::string_view value);
  v8::Local<v8::Array> array();

 private:
  static constexpr std::size_t kUsual = 128;  // names and values

  sandbox::Worker& worker_;
  std::array<std::byte, kUsual * sizeof(v8::Local<v8::Value>)> inline_;
  std::pmr::monotonic_buffer_resource memory_{inline_.data(), inline_.size()};
  std::pmr::vector<v8::Local<v8::Value>> elements_{&memory_};
};

}  // namespace brink::bindings
