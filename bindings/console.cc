// Console output: lines to the front, which decides what becomes of them.
#include <algorithm>

#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

constexpr std::size_t kLongestLine_bytes = 16 * 1024;

void log(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr || !info[1]->IsString()) return;
  const std::uint32_t level =
      std::min(uint32_argument(info, 0), static_cast<std::uint32_t>(ipc::LogLevel::kError));
  v8::Local<v8::String> text = info[1].As<v8::String>();
  std::string line(std::min(text->Utf8LengthV2(info.GetIsolate()), kLongestLine_bytes), '\0');
  line.resize(text->WriteUtf8V2(info.GetIsolate(), line.data(), line.size(),
                                v8::String::WriteFlags::kReplaceInvalidUtf8));
  worker->outbox().send(worker->current_request(),
                        ipc::Log{.level = static_cast<ipc::LogLevel>(level), .text = line});
}

constexpr sandbox::NativeFunction kFunctions[] = {{"log", log}};

}  // namespace

sandbox::Binding console_binding() { return {kFunctions}; }

}  // namespace brink::bindings
