// Bodies, both ways: incoming ones are pulled, outgoing ones pushed against a window.
#include <array>
#include <utility>

#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

bool stream_argument(const Info& info, ipc::StreamRef& ref) {
  const std::uint32_t kind = uint32_argument(info, 0);
  if (kind >= static_cast<std::uint32_t>(ipc::StreamKind::kCount)) {
    throw_type_error(info.GetIsolate(), "unknown kind of stream");
    return false;
  }
  ref = {static_cast<ipc::StreamKind>(kind), uint32_argument(info, 1)};
  return true;
}

/// Whether an incoming body is still open, to be changed; nullptr: there is no such body.
bool* incoming(sandbox::Worker& worker, ipc::StreamRef ref) {
  if (ref.kind == ipc::StreamKind::kRequestBody) {
    sandbox::RequestState* request = worker.requests().find(ref.id);
    return request == nullptr ? nullptr : &request->body_open;
  }
  if (ref.kind == ipc::StreamKind::kFetchResponseBody) {
    sandbox::FetchState* fetch = worker.requests().find_fetch(ref.id);
    return fetch == nullptr ? nullptr : &fetch->body_open;
  }
  return nullptr;
}

void body_pull(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  ipc::StreamRef ref;
  if (worker == nullptr || !stream_argument(info, ref)) return;
  const bool* open = incoming(*worker, ref);
  if (open == nullptr || !*open) return throw_type_error(info.GetIsolate(), "the body is not open");
  worker->outbox().send(ref.id,
                        ipc::BodyPull{.kind = ref.kind, .max_bytes = uint32_argument(info, 2)});
}

void body_cancel(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  ipc::StreamRef ref;
  if (worker == nullptr || !stream_argument(info, ref)) return;
  bool* open = incoming(*worker, ref);
  if (open == nullptr) return;
  if (ref.kind == ipc::StreamKind::kFetchResponseBody)
    worker->requests().find_fetch(ref.id)->decoder.reset();
  if (!std::exchange(*open, false)) return;
  worker->outbox().send(ref.id, ipc::BodyCancel{.kind = ref.kind});
}

void stream_write(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  ipc::StreamRef ref;
  if (worker == nullptr || !stream_argument(info, ref)) return;
  ByteView bytes;
  if (!bytes.read(info[2])) return throw_type_error(info.GetIsolate(), "a chunk is a Uint8Array");
  const std::optional<std::int64_t> window = worker->streams().write(ref, bytes.bytes());
  if (!window) return throw_type_error(info.GetIsolate(), "the stream is not open");
  info.GetReturnValue().Set(static_cast<double>(*window));
}

constexpr std::size_t kLongestError_bytes = 8 * 1024;

void stream_end(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  ipc::StreamRef ref;
  if (worker == nullptr || !stream_argument(info, ref)) return;
  const bool broken = !info[2]->IsUndefined();
  Scratch scratch;
  const std::string_view error =
      broken ? scratch.utf8(info.GetIsolate(), info[2]).substr(0, kLongestError_bytes)
             : std::string_view();
  const auto state = broken ? ipc::ChunkState::kError : ipc::ChunkState::kEnd;
  if (!worker->streams().end(ref, state, error)) {
    throw_type_error(info.GetIsolate(), "the stream is not open");
  }
}

// --------------------------------------------------------------------------------------- messages

void on_body_chunk(sandbox::Worker& worker, const ipc::Frame& frame) {
  const auto message = worker.decode<ipc::BodyChunk>(frame);
  const ipc::StreamRef ref{message.kind, frame.header.id};
  bool* open = incoming(worker, ref);
  if (open == nullptr || !*open) return;  // it crossed with a cancel, or the request was ended
  if (message.state != ipc::ChunkState::kMore) *open = false;
  std::uint32_t request = ref.id;
  if (ref.kind == ipc::StreamKind::kFetchResponseBody) {
    request = worker.requests().find_fetch(ref.id)->request;
  }
  worker.run_turn(request, [&] {
    v8::Isolate* isolate = worker.isolate();
    std::array<v8::Local<v8::Value>, 5> arguments{
        v8::Integer::NewFromUnsigned(isolate, static_cast<std::uint32_t>(ref.kind)),
        v8::Integer::NewFromUnsigned(isolate, ref.id),
        v8::Integer::NewFromUnsigned(isolate, static_cast<std::uint32_t>(message.state)),
        v8::Undefined(isolate), v8::Undefined(isolate)};
    std::string_view error = message.error;
    if (message.state != ipc::ChunkState::kError && !message.bytes.empty()) {
      v8::Local<v8::Uint8Array> bytes;
      v8::TryCatch guard(isolate);
      if (copy_bytes(isolate, message.bytes).ToLocal(&bytes)) {
        arguments[3] = bytes;
      } else {  // no room for it: the reader sees a broken body
        *open = false;
        error = "BRINK_MEMORY_LIMIT: the body does not fit into the memory limit";
        arguments[2] = v8::Integer::New(isolate, static_cast<int>(ipc::ChunkState::kError));
        if (message.state == ipc::ChunkState::kMore) {
          worker.outbox().send(ref.id, ipc::BodyCancel{.kind = ref.kind});
        }
      }
    }
    v8::Local<v8::String> text;
    if (!error.empty() && utf8_string(isolate, error).ToLocal(&text)) arguments[4] = text;
    worker.call(sandbox::Callback::kOnBody, arguments);
  });
}

void on_window(sandbox::Worker& worker, const ipc::Frame& frame) {
  const auto message = worker.decode<ipc::Window>(frame);
  const ipc::StreamRef ref{message.kind, frame.header.id};
  const std::optional<std::uint32_t> request = worker.streams().request_of(ref);
  if (!request) return;
  const std::optional<std::int64_t> window = worker.streams().grow(ref, message);
  if (window) {
    worker.run_turn(*request, [&] {
      v8::Isolate* isolate = worker.isolate();
      std::array<v8::Local<v8::Value>, 3> arguments{
          v8::Integer::NewFromUnsigned(isolate, static_cast<std::uint32_t>(ref.kind)),
          v8::Integer::NewFromUnsigned(isolate, ref.id),
          v8::Number::New(isolate, static_cast<double>(*window))};
      worker.call(sandbox::Callback::kOnWindow, arguments);
    });
  }
  worker.try_forget(*request);  // what was queued may have been its last
}

constexpr sandbox::NativeFunction kFunctions[] = {
    {"bodyPull", body_pull},
    {"bodyCancel", body_cancel},
    {"streamWrite", stream_write},
    {"streamEnd", stream_end},
};

constexpr sandbox::MessageHandler kMessages[] = {
    {ipc::MessageType::kBodyChunk, on_body_chunk},
    {ipc::MessageType::kWindow, on_window},
};

}  // namespace

sandbox::Binding body_binding() { return {kFunctions, kMessages}; }

}  // namespace brink::bindings
