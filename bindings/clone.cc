// structuredClone (HTML standard 2.7), on V8's serializer.
#include <v8-value-serializer.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

class Delegate final : public v8::ValueSerializer::Delegate {
 public:
  explicit Delegate(v8::Isolate* isolate) : isolate_(isolate) {}
  void ThrowDataCloneError(v8::Local<v8::String> message) override {
    isolate_->ThrowException(v8::Exception::Error(message));
  }

 private:
  v8::Isolate* isolate_;
};

/// The array buffers of the list; false: a TypeError is thrown.
bool read_transfer(v8::Local<v8::Context> context, v8::Local<v8::Value> list,
                   std::vector<v8::Local<v8::ArrayBuffer>>& buffers) {
  if (!list->IsArray()) return true;
  v8::Local<v8::Array> array = list.As<v8::Array>();
  for (std::uint32_t i = 0; i < array->Length(); ++i) {
    v8::Local<v8::Value> each;
    if (!array->Get(context, i).ToLocal(&each)) return false;
    if (!each->IsArrayBuffer() || !each.As<v8::ArrayBuffer>()->IsDetachable() ||
        each.As<v8::ArrayBuffer>()->WasDetached()) {
      throw_type_error(v8::Isolate::GetCurrent(),
                       "only ArrayBuffers that are not detached can be transferred");
      return false;
    }
    buffers.push_back(each.As<v8::ArrayBuffer>());
  }
  return true;
}

void structured_clone(const Info& info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Context> context = isolate->GetCurrentContext();
  std::vector<v8::Local<v8::ArrayBuffer>> transfer;
  if (!read_transfer(context, info[1], transfer)) return;

  Delegate delegate(isolate);
  v8::ValueSerializer serializer(isolate, &delegate);
  for (std::uint32_t i = 0; i < transfer.size(); ++i)
    serializer.TransferArrayBuffer(i, transfer[i]);
  serializer.WriteHeader();
  if (!serializer.WriteValue(context, info[0]).FromMaybe(false)) return;
  const auto [data, size] = serializer.Release();
  const std::unique_ptr<std::uint8_t, decltype(&std::free)> owned(data, &std::free);

  v8::ValueDeserializer deserializer(isolate, data, size);
  for (std::uint32_t i = 0; i < transfer.size(); ++i) {
    if (transfer[i]->WasDetached()) {  // by a getter of the value's, or listed twice
      return throw_type_error(isolate, "an ArrayBuffer to transfer is detached");
    }
    std::shared_ptr<v8::BackingStore> store = transfer[i]->GetBackingStore();
    if (!transfer[i]->Detach(v8::Local<v8::Value>()).FromMaybe(false)) return;
    deserializer.TransferArrayBuffer(i, v8::ArrayBuffer::New(isolate, std::move(store)));
  }
  v8::Local<v8::Value> clone;
  if (!deserializer.ReadHeader(context).FromMaybe(false)) return;
  if (deserializer.ReadValue(context).ToLocal(&clone)) info.GetReturnValue().Set(clone);
}

constexpr sandbox::NativeFunction kFunctions[] = {{"structuredClone", structured_clone}};

}  // namespace

sandbox::Binding clone_binding() { return {kFunctions}; }

}  // namespace brink::bindings
