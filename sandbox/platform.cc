#include "sandbox/platform.h"

#include <libplatform/libplatform.h>

namespace brink::sandbox {

Platform::Platform(const Clock& clock)
    : clock_(clock), default_(v8::platform::NewSingleThreadedDefaultPlatform()) {}

bool Platform::run_task(v8::Isolate* isolate) {
  return v8::platform::PumpMessageLoop(default_.get(), isolate);
}

}  // namespace brink::sandbox
