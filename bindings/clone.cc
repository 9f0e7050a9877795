// structuredClone (HTML standard 2.7), on V8's serializer.
#include <v8-value-serializer.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

/// Knows the objects of js-stdlib's own classes, which are plain ones to V8: JavaScript makes their
/// copies and says which one of the list stands for an object. On the stack of one call.
class Writer final : public v8::ValueSerializer::Delegate {
 public:
  Writer(v8::Local<v8::Context> context, v8::Local<v8::Function> place_of)
      : context_(context), place_of_(place_of), serializer_(v8::Isolate::GetCurrent(), this) {}

  v8::ValueSerializer& serializer() { return serializer_; }

  void ThrowDataCloneError(v8::Local<v8::String> message) override {
    v8::Isolate::GetCurrent()->ThrowException(v8::Exception::Error(message));
  }
  bool HasCustomHostObject(v8::Isolate* /*isolate*/) override { return true; }
  v8::Maybe<bool> IsHostObject(v8::Isolate* isolate, v8::Local<v8::Object> object) override {
    v8::Local<v8::Value> argument = object, place;
    if (!place_of_->Call(context_, v8::Undefined(isolate), 1, &argument).ToLocal(&place))
      return v8::Nothing<bool>();
    if (!place->IsUint32()) return v8::Just(false);
    place_ = place.As<v8::Uint32>()->Value();
    return v8::Just(true);
  }
  /// Called for the object that was just asked about.
  v8::Maybe<bool> WriteHostObject(v8::Isolate* /*isolate*/,
                                  v8::Local<v8::Object> /*object*/) override {
    serializer_.WriteUint32(place_);
    return v8::Just(true);
  }

 private:
  v8::Local<v8::Context> context_;
  v8::Local<v8::Function> place_of_;
  v8::ValueSerializer serializer_;
  std::uint32_t place_ = 0;
};

class Reader final : public v8::ValueDeserializer::Delegate {
 public:
  Reader(v8::Local<v8::Context> context, v8::Local<v8::Array> copies, const std::uint8_t* data,
         std::size_t size)
      : context_(context),
        copies_(copies),
        deserializer_(v8::Isolate::GetCurrent(), data, size, this) {}

  v8::ValueDeserializer& deserializer() { return deserializer_; }

  v8::MaybeLocal<v8::Object> ReadHostObject(v8::Isolate* isolate) override {
    std::uint32_t place = 0;
    v8::Local<v8::Value> copy;
    if (deserializer_.ReadUint32(&place) && copies_->Get(context_, place).ToLocal(&copy) &&
        copy->IsObject()) {
      return copy.As<v8::Object>();
    }
    throw_type_error(isolate, "a copy is missing");
    return {};
  }

 private:
  v8::Local<v8::Context> context_;
  v8::Local<v8::Array> copies_;
  v8::ValueDeserializer deserializer_;
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

  if (!info[2]->IsFunction() || !info[3]->IsArray())
    return throw_type_error(isolate, "expected a function and a list");

  Writer writer(context, info[2].As<v8::Function>());
  v8::ValueSerializer& serializer = writer.serializer();
  for (std::uint32_t i = 0; i < transfer.size(); ++i)
    serializer.TransferArrayBuffer(i, transfer[i]);
  serializer.WriteHeader();
  if (!serializer.WriteValue(context, info[0]).FromMaybe(false)) return;
  const auto [data, size] = serializer.Release();
  const std::unique_ptr<std::uint8_t, decltype(&std::free)> owned(data, &std::free);

  Reader reader(context, info[3].As<v8::Array>(), data, size);
  v8::ValueDeserializer& deserializer = reader.deserializer();
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
