#include "sandbox/engine.h"

#include <sys/random.h>
#include <v8-initialization.h>

#include <cstdint>
#include <cstdlib>
#include <string>

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
    " --wasm-max-mem-pages=1024"
    // It is a part of this executable, which nobody checks either.
    " --no-verify-snapshot-checksum";

// V8's own way, reading /dev/urandom whenever it needs a seed, ends where the jail begins.
bool fill_with_entropy(unsigned char* buffer, std::size_t size) {
  return ::getentropy(buffer, size) == 0;
}

// Else V8 draws the seed from the isolate's generator of random numbers, and makes that one for it:
// workers that are forked later would all go on from its state, and a script could tell what
// Math.random() gives another app. So it is made with a context, which each worker does itself.
//
// The front names the seed, the same for each zygote that it starts: V8 refuses code caches that
// were made under another.
void seed_hashes() {
  std::uint64_t random = 0;
  if (::getentropy(&random, sizeof random) != 0) std::abort();
  const char* named = std::getenv("BRINK_HASH_SEED");
  const std::string flag =
      "--hash-seed=" + (named ? std::string(named) : std::to_string(random >> 1 | 1));
  v8::V8::SetFlagsFromString(flag.data(), flag.size());
}

}  // namespace

Engine::Engine(Purpose purpose) {
  v8::V8::SetEntropySource(fill_with_entropy);
  v8::V8::SetFlagsFromString(kFlags, sizeof kFlags - 1);
  if (purpose == Purpose::kSnapshot) {
    v8::V8::SetFlagsFromString("--no-lazy");
  } else {
    seed_hashes();
  }
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
