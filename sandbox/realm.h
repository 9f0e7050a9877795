#pragma once

#include <v8.h>

#include <cstdint>
#include <memory>

#include "sandbox/app.h"
#include "sandbox/callbacks.h"
#include "sandbox/clock.h"
#include "sandbox/module_graph.h"
#include "sandbox/timer_queue.h"

namespace brink::sandbox {

/// A global environment of JavaScript (ECMA-262 9.3): a context of the isolate started from the
/// snapshot, what C++ may call in it, and what of the app lives in it: its modules and its timers.
/// When a realm ends, whatever of its objects V8 still knows, none of its code runs any more.
/// Realms share no object, so one microtask queue serves them all: it is empty between two turns.
/// Main thread, not longer than the isolate.
class Realm {
 public:
  /// Nullptr: V8 could not make a context. Ends the process when the snapshot lacks a callback: a
  /// build mistake. Needs a HandleScope; `modules` outlives the realm.
  static std::unique_ptr<Realm> make(v8::Isolate* isolate, const AppModules& modules,
                                     const Clock& clock);
  ~Realm();
  Realm(const Realm&) = delete;
  Realm& operator=(const Realm&) = delete;

  /// The realm of a context; nullptr: it is gone, or a snapshot is made.
  static Realm* of(v8::Local<v8::Context> context) {
    return static_cast<Realm*>(context->GetAlignedPointerFromEmbedderData(kRealmData));
  }
  /// The realm of the code that runs. Nullptr as above.
  static Realm* current(v8::Isolate* isolate) { return of(isolate->GetCurrentContext()); }

  /// Needs a HandleScope.
  v8::Local<v8::Context> context() const { return context_.Get(isolate_); }
  const Callbacks& callbacks() const { return callbacks_; }
  ModuleGraph& modules() { return modules_; }
  TimerQueue& timers() { return timers_; }
  /// When it was made, on the worker's clock and as Unix time.
  double began_ms() const { return began_ms_; }
  double began_unix_ms() const { return began_unix_ms_; }

 private:
  static constexpr int kRealmData = 1;  // 0 is Chrome's debugger's

  Realm(v8::Isolate* isolate, v8::Local<v8::Context> context, const AppModules& modules,
        const Clock& clock);

  v8::Isolate* isolate_;
  v8::Global<v8::Context> context_;
  Callbacks callbacks_;
  ModuleGraph modules_;
  TimerQueue timers_;
  double began_ms_;
  double began_unix_ms_;
};

}  // namespace brink::sandbox
