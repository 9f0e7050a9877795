#pragma once

#include <v8.h>

namespace brink::sandbox {

/// Takes from a new context what no script may have: code from strings, and shared memory. False:
/// it lacks what every context has (a mistake, of the build or of V8's version).
bool restrict_context(v8::Local<v8::Context> context);

}  // namespace brink::sandbox
