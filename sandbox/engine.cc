#include "sandbox/engine.h"

#include <libplatform/libplatform.h>
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

}  // namespace

Engine::Engine(Purpose purpose) {
  v8::V8::SetFlagsFromString(kFlags, sizeof kFlags - 1);
  if (purpose == Purpose::kSnapshot) v8::V8::SetFlagsFromString("--no-lazy");
  v8::V8::InitializeICU();
  platform_ = v8::platform::NewSingleThreadedDefaultPlatform();
  v8::V8::InitializePlatform(platform_.get());
  v8::V8::Initialize();
}

Engine::~Engine() {
  v8::V8::Dispose();
  v8::V8::DisposePlatform();
}

bool Engine::run_task(v8::Isolate* isolate) {
  return v8::platform::PumpMessageLoop(platform_.get(), isolate);
}

}  // namespace brink::sandbox
