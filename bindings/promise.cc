// What JavaScript can't see of a promise by itself.
#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

void promise_state(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  if (!info[0]->IsPromise()) return throw_type_error(isolate, "expected a promise");
  v8::Local<v8::Promise> promise = info[0].As<v8::Promise>();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Object> result = v8::Object::New(isolate);
  const bool pending = promise->State() == v8::Promise::kPending;
  v8::Local<v8::Value> value = v8::Undefined(isolate);
  if (!pending) value = promise->Result();
  const int state = pending ? 0 : promise->State() == v8::Promise::kFulfilled ? 1 : 2;
  if (!result
           ->CreateDataProperty(context, v8::String::NewFromUtf8Literal(isolate, "state"),
                                v8::Integer::New(isolate, state))
           .FromMaybe(false) ||
      !result->CreateDataProperty(context, v8::String::NewFromUtf8Literal(isolate, "value"), value)
           .FromMaybe(false)) {
    return;
  }
  info.GetReturnValue().Set(result);
}

constexpr sandbox::NativeFunction kFunctions[] = {{"promiseState", promise_state}};

}  // namespace

sandbox::Binding promise_binding() { return {kFunctions}; }

}  // namespace brink::bindings
