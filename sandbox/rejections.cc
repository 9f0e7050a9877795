#include "sandbox/rejections.h"

namespace brink::sandbox {

void Rejections::record(const v8::PromiseRejectMessage& message, std::uint32_t request) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  switch (message.GetEvent()) {
    case v8::kPromiseRejectWithNoHandler:
      pending_.push_back({v8::Global<v8::Promise>(isolate, message.GetPromise()),
                          v8::Global<v8::Value>(isolate, message.GetValue()), request});
      break;
    case v8::kPromiseHandlerAddedAfterReject:
      std::erase_if(pending_,
                    [&](const Rejection& each) { return each.promise == message.GetPromise(); });
      break;
    case v8::kPromiseRejectAfterResolved:
    case v8::kPromiseResolveAfterResolved:
      break;  // nothing changes for anybody
  }
}

}  // namespace brink::sandbox
