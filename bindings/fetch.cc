// Subrequests: the front makes them, the worker only names them.
#include <array>

#include "bindings/arguments.h"
#include "bindings/bindings.h"
#include "bindings/outgoing_body.h"

namespace brink::bindings {
namespace {

std::optional<ipc::RedirectMode> redirect_mode(std::string_view name) {
  if (name == "follow") return ipc::RedirectMode::kFollow;
  if (name == "manual") return ipc::RedirectMode::kManual;
  if (name == "error") return ipc::RedirectMode::kError;
  return std::nullopt;
}

// A fragment is never sent (RFC 9110 7.1).
std::string_view without_fragment(std::string_view url) { return url.substr(0, url.find('#')); }

void fetch_start(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr) return;
  v8::Isolate* isolate = info.GetIsolate();
  sandbox::RequestState* request = worker->requests().find(worker->current_request());
  if (request == nullptr || request->done) {
    return throw_type_error(isolate, "fetch() works only while a request is handled");
  }
  Scratch scratch;
  const std::optional<ipc::RedirectMode> redirect = redirect_mode(scratch.utf8(isolate, info[3]));
  if (!redirect) return throw_type_error(isolate, "unknown redirect mode");
  ipc::Fetch message{.request = request->id,
                     .redirect = *redirect,
                     .method = scratch.utf8(isolate, info[0]),
                     .url = without_fragment(scratch.utf8(isolate, info[1]))};
  if (!scratch.headers(info.GetIsolate(), info[2], message.headers)) return;
  OutgoingBodyArguments body;
  if (!body.read(info, *worker, request->id, 4, scratch)) return;
  if (body.must_stream) return info.GetReturnValue().Set(0);
  message.body = body.body;
  const std::uint32_t id = worker->requests().add_fetch(*request);
  if (!worker->outbox().try_send(id, message)) {
    worker->requests().erase_fetch(id);
    if (message.body.kind == ipc::BodyKind::kInline) return info.GetReturnValue().Set(0);
    return throw_type_error(isolate, "the request's URL and headers are too large");
  }
  if (message.body.kind == ipc::BodyKind::kStream) {
    worker->streams().open({ipc::StreamKind::kFetchRequestBody, id}, *request);
  }
  info.GetReturnValue().Set(id);
}

void fetch_abort(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr) return;
  const std::uint32_t id = uint32_argument(info, 0);
  if (worker->requests().find_fetch(id) == nullptr) return;
  worker->streams().reader_gone({ipc::StreamKind::kFetchRequestBody, id});
  worker->outbox().send(id, ipc::FetchAbort{});
  worker->requests().erase_fetch(id);
}

// --------------------------------------------------------------------------------------- messages

void on_fetch_response(sandbox::Worker& worker, const ipc::Frame& frame) {
  const auto message = worker.decode<ipc::FetchResponse>(frame);
  const std::uint32_t id = frame.header.id;
  sandbox::FetchState* fetch = worker.requests().find_fetch(id);
  if (fetch == nullptr) return;  // it crossed with an abort, or the request was ended
  fetch->body_open = message.has_body;
  worker.run_turn(fetch->request, [&] {
    v8::Isolate* isolate = worker.isolate();
    HeaderArray headers(worker);
    v8::Local<v8::String> status_text, url;
    bool fits = latin1_string(isolate, message.status_text).ToLocal(&status_text) &&
                utf8_string(isolate, message.url).ToLocal(&url);
    for (const HeaderField& field : message.headers)
      fits = fits && headers.add(field.name, field.value);
    if (!fits) return;
    std::array<v8::Local<v8::Value>, 7> arguments{
        v8::Integer::NewFromUnsigned(isolate, id),
        v8::Integer::NewFromUnsigned(isolate, message.status),
        status_text,
        url,
        v8::Boolean::New(isolate, message.redirected),
        headers.array(),
        v8::Boolean::New(isolate, message.has_body)};
    worker.call(sandbox::Callback::kOnFetchResponse, arguments);
  });
}

void on_fetch_failed(sandbox::Worker& worker, const ipc::Frame& frame) {
  const auto message = worker.decode<ipc::FetchFailed>(frame);
  const std::uint32_t id = frame.header.id;
  const sandbox::FetchState* fetch = worker.requests().find_fetch(id);
  if (fetch == nullptr) return;
  const std::uint32_t request = fetch->request;
  worker.streams().reader_gone({ipc::StreamKind::kFetchRequestBody, id});
  worker.requests().erase_fetch(id);
  worker.run_turn(request, [&] {
    v8::Isolate* isolate = worker.isolate();
    v8::Local<v8::String> code, text;
    if (!utf8_string(isolate, message.code).ToLocal(&code) ||
        !utf8_string(isolate, message.message).ToLocal(&text)) {
      return;
    }
    std::array<v8::Local<v8::Value>, 3> arguments{v8::Integer::NewFromUnsigned(isolate, id), code,
                                                  text};
    worker.call(sandbox::Callback::kOnFetchError, arguments);
  });
}

constexpr sandbox::NativeFunction kFunctions[] = {
    {"fetchStart", fetch_start},
    {"fetchAbort", fetch_abort},
};

constexpr sandbox::MessageHandler kMessages[] = {
    {ipc::MessageType::kFetchResponse, on_fetch_response},
    {ipc::MessageType::kFetchFailed, on_fetch_failed},
};

}  // namespace

sandbox::Binding fetch_binding() { return {kFunctions, kMessages}; }

}  // namespace brink::bindings
