#pragma once

#include <v8.h>

#include <array>
#include <span>
#include <string>

namespace brink::sandbox {

/// What C++ may call in JavaScript: the names of `Callbacks` in js-stdlib/natives.d.ts.
enum class Callback : std::uint8_t {
  kDispatch,
  kOnAbort,
  kOnBody,
  kOnWindow,
  kOnFetchResponse,
  kOnFetchError,
  kOnTimer,
  kOnUnhandledRejection,
  kOnRequestKilled,
  kRegisterEntry,
  kBuiltinModule,
  kCount
};

/// The functions of the callbacks object, looked up once. Main thread, as long as the realm.
class Callbacks {
 public:
  /// False: a callback is missing; `missing` names it.
  bool load(v8::Local<v8::Context> context, v8::Local<v8::Object> object, std::string& missing);

  /// Only inside a turn. Empty: it threw, or was terminated.
  v8::MaybeLocal<v8::Value> call(v8::Local<v8::Context> context, Callback callback,
                                 std::span<v8::Local<v8::Value>> arguments) const;

 private:
  std::array<v8::Global<v8::Function>, static_cast<std::size_t>(Callback::kCount)> functions_;
};

}  // namespace brink::sandbox
