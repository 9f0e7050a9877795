#include "sandbox/engine.h"

#include <sys/random.h>
#include <v8-initialization.h>

namespace brink::sandbox {
namespace {

// The snapshot builder and the worker must agree on these: V8 refuses code made under other flags.
constexpr const char kFlags[] =
    "--single-threaded"
    // No constructor unless a context asks for it, and none does. (Deleting it in a snapshot does
    // not last.)
    " --enable-sharedarraybuffer-per-context"
    // Compiled functions of the snapshot and of an app's modules are worth keeping.
    " --no-flush-bytecode"
    // 64 MiB: a WebAssembly memory is outside the heap limit, only the memory fence bounds their
    // sum.
    " --wasm-max-mem-pages=1024";

// V8's own way, reading /dev/urandom whenever it needs a seed, ends where the jail begins.
bool fill_with_entropy(unsigned char* buffer, std::size_t size) {
  return ::getentropy(buffer, size) == 0;
}

}  // namespace

Engine::Engine(Purpose purpose) {
  v8::V8::SetEntropySource(fill_with_entropy);
  v8::V8::SetFlagsFromString(kFlags, sizeof kFlags - 1);
  if (purpose == Purpose::kSnapshot) v8::V8::SetFlagsFromString("--no-lazy");
  v8::V8::InitializeICU();
  platform_ = std::make_unique<Platform>(clock_);
  v8::V8::InitializePlatform(platform_.get());
  v8::V8::Initialize();
}

Engine::~Engine() {
  v8::V8::Dispose();
  v8::V8::DisposePlatform();
}

}  // namespace brink::sandbox
