// Random numbers, from the kernel, and digests, from OpenSSL.
#define OPENSSL_SUPPRESS_DEPRECATED  // these forms need no providers, whose files the jail has not
#include <openssl/sha.h>
#include <simdutf.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

void fill_random(std::uint8_t* data, std::size_t size) {
  while (size != 0) {
    const ssize_t got = ::getrandom(data, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) std::abort();  // a state that can't be: the kernel has had entropy since boot
    data += got;
    size -= static_cast<std::size_t>(got);
  }
}

void get_random_values(const Info& info) {
  if (worker_of(info) == nullptr) return;
  if (!info[0]->IsArrayBufferView())
    return throw_type_error(info.GetIsolate(), "expected a Uint8Array");
  v8::Local<v8::ArrayBufferView> view = info[0].As<v8::ArrayBufferView>();
  if (view->ByteLength() == 0) return;
  fill_random(static_cast<std::uint8_t*>(view->Buffer()->Data()) + view->ByteOffset(),
              view->ByteLength());
}

// RFC 9562 5.4: version 4.
void random_uuid(const Info& info) {
  if (worker_of(info) == nullptr) return;
  std::array<std::uint8_t, 16> random;
  fill_random(random.data(), random.size());
  random[6] = static_cast<std::uint8_t>((random[6] & 0x0FU) | 0x40U);
  random[8] = static_cast<std::uint8_t>((random[8] & 0x3FU) | 0x80U);
  std::array<char, 36> text;
  char* at = text.data();
  for (std::size_t i = 0; i < random.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
    *at++ = "0123456789abcdef"[random[i] >> 4U];
    *at++ = "0123456789abcdef"[random[i] & 0x0FU];
  }
  v8::Local<v8::String> uuid;
  if (latin1_string(info.GetIsolate(), {text.data(), text.size()}).ToLocal(&uuid)) {
    info.GetReturnValue().Set(uuid);
  }
}

template <class State, auto init, auto update, auto finish, std::size_t size>
std::string digest_of(std::string_view bytes) {
  State state;
  std::array<unsigned char, size> hash;
  init(&state);
  update(&state, bytes.data(), bytes.size());
  finish(hash.data(), &state);
  std::string text(simdutf::base64_length_from_binary(size), 0);
  simdutf::binary_to_base64(reinterpret_cast<const char*>(hash.data()), size, text.data());
  return text;
}

// FIPS 180-4, as base64 (RFC 4648 4).
void digest(const Info& info) {
  if (worker_of(info) == nullptr) return;
  v8::Isolate* isolate = info.GetIsolate();
  Scratch scratch;
  const std::string_view name = scratch.utf8(isolate, info[0]);
  ByteView view;
  if (!view.read(info[1])) return throw_type_error(isolate, "expected a Uint8Array");
  std::string text;
  if (name == "sha256") {
    text = digest_of<SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final, SHA256_DIGEST_LENGTH>(
        view.view());
  } else if (name == "sha384") {
    text = digest_of<SHA512_CTX, SHA384_Init, SHA384_Update, SHA384_Final, SHA384_DIGEST_LENGTH>(
        view.view());
  } else if (name == "sha512") {
    text = digest_of<SHA512_CTX, SHA512_Init, SHA512_Update, SHA512_Final, SHA512_DIGEST_LENGTH>(
        view.view());
  } else {
    return throw_type_error(isolate, "unknown digest");
  }
  v8::Local<v8::String> base64;
  if (latin1_string(isolate, text).ToLocal(&base64)) info.GetReturnValue().Set(base64);
}

constexpr sandbox::NativeFunction kFunctions[] = {
    {"digest", digest},
    {"getRandomValues", get_random_values},
    {"randomUUID", random_uuid},
};

}  // namespace

sandbox::Binding crypto_binding() { return {kFunctions}; }

}  // namespace brink::bindings
