// What JavaScript can't see of a promise by itself.
#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

bool promise_argument(const Info& info, v8::Local<v8::Promise>& promise) {
  if (!info[0]->IsPromise()) {
    throw_type_error(info.GetIsolate(), "expected a promise");
    return false;
  }
  promise = info[0].As<v8::Promise>();
  return true;
}

void promise_state(const Info& info) {
  v8::Local<v8::Promise> promise;
  if (!promise_argument(info, promise)) return;
  const v8::Promise::PromiseState state = promise->State();
  info.GetReturnValue().Set(state == v8::Promise::kPending     ? 0
                            : state == v8::Promise::kFulfilled ? 1
                                                               : 2);
}

void promise_result(const Info& info) {
  v8::Local<v8::Promise> promise;
  if (promise_argument(info, promise) && promise->State() != v8::Promise::kPending)
    info.GetReturnValue().Set(promise->Result());
}

constexpr sandbox::NativeFunction kFunctions[] = {
    {"promiseState", promise_state},
    {"promiseResult", promise_result},
};

}  // namespace

sandbox::Binding promise_binding() { return {kFunctions}; }

}  // namespace brink::bindings
