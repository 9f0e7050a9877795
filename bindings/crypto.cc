// Random numbers, from the kernel.
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdlib>

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

constexpr sandbox::NativeFunction kFunctions[] = {
    {"getRandomValues", get_random_values},
    {"randomUUID", random_uuid},
};

}  // namespace

sandbox::Binding crypto_binding() { return {kFunctions}; }

}  // namespace brink::bindings
