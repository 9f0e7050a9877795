// Console output: lines to the front, which decides what becomes of them.
#include <algorithm>

#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

constexpr std::size_t kLongestLine_bytes = 16 * 1024;
constexpr std::string_view kCut = "…(cut)";

/// As UTF-8, cut where it is too long.
std::string line_of(v8::Isolate* isolate, v8::Local<v8::String> text) {
  const std::size_t size = text->Utf8LengthV2(isolate);
  const bool cut = size > kLongestLine_bytes;
  std::string line(cut ? kLongestLine_bytes - kCut.size() : size, '\0');
  line.resize(text->WriteUtf8V2(isolate, line.data(), line.size(),
                                v8::String::WriteFlags::kReplaceInvalidUtf8));
  if (cut) line.append(kCut);
  return line;
}

/// Counts a line for its request; false: it passes the limit, and so does all that follows. Lines
/// of no request are the app's; the front bounds those.
bool count_line(sandbox::RequestState* request, std::size_t size, std::uint32_t limit_bytes) {
  if (request == nullptr) return true;
  if (size <= limit_bytes - request->log_bytes) {
    request->log_bytes += static_cast<std::uint32_t>(size);
    return true;
  }
  request->log_bytes = limit_bytes;
  ++request->lines_dropped;
  return false;
}

void log(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr || !info[1]->IsString()) return;
  const std::uint32_t level =
      std::min(uint32_argument(info, 0), static_cast<std::uint32_t>(ipc::LogLevel::kError));
  const std::uint32_t id = worker->current_request();
  sandbox::RequestState* request = worker->requests().find(id);
  const std::uint32_t limit_bytes = worker->limits().log_bytes;
  if (request != nullptr && request->log_bytes == limit_bytes) {  // not worth making the line
    ++request->lines_dropped;
    return;
  }
  const std::string line = line_of(info.GetIsolate(), info[1].As<v8::String>());
  if (!count_line(request, line.size(), limit_bytes)) return;
  worker->outbox().send(id, ipc::Log{.level = static_cast<ipc::LogLevel>(level), .text = line});
}

constexpr sandbox::NativeFunction kFunctions[] = {{"log", log}};

}  // namespace

sandbox::Binding console_binding() { return {kFunctions}; }

}  // namespace brink::bindings
