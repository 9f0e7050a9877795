// Requests and their answers.
#include <array>

#include "bindings/arguments.h"
#include "bindings/bindings.h"
#include "bindings/outgoing_body.h"
#include "core/base/errors.h"

namespace brink::bindings {
namespace {

constexpr std::size_t kLongestText_bytes = 8 * 1024;

void request_headers(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr) return;
  const sandbox::RequestState* request = request_argument(info, *worker, 0);
  if (request == nullptr) return;
  HeaderArray headers(info.GetIsolate());
  bool fits = true;
  request->for_each_header([&](std::string_view name, std::string_view value) {
    fits = fits && headers.add(name, value);
  });
  if (fits) info.GetReturnValue().Set(headers.array());
}

/// The request of argument 0 if it may still be answered.
sandbox::RequestState* unanswered(const Info& info, sandbox::Worker& worker) {
  sandbox::RequestState* request = request_argument(info, worker, 0);
  if (request != nullptr && request->answered) {
    throw_type_error(info.GetIsolate(), "the request is answered already");
    return nullptr;
  }
  return request;
}

/// Does the head of a response hold to the app's limit? False: the request was failed, and an
/// exception ends what JavaScript does with it.
bool check_head(sandbox::Worker& worker, sandbox::RequestState& request,
                std::string_view status_text, HeaderSpan headers) {
  std::size_t size = status_text.size();
  for (const HeaderField& field : headers) size += field.name.size() + field.value.size() + 4;
  const std::uint32_t limit_bytes = worker.limits().response_head_bytes;
  if (size <= limit_bytes) return true;
  const std::string text = "the response's headers have " + std::to_string(size) +
                           " bytes, the limit is " + std::to_string(limit_bytes);
  request.answered = true;
  worker.outbox().send(request.id,
                       ipc::RequestFailed{.code = error_info(ErrorCode::kResponseHeadTooLarge).name,
                                          .message = text,
                                          .cpu_us = worker.cpu_us(request)});
  throw_type_error(worker.isolate(), text);
  return false;
}

void respond(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr) return;
  sandbox::RequestState* request = unanswered(info, *worker);
  if (request == nullptr) return;
  v8::Isolate* isolate = info.GetIsolate();
  const std::uint32_t status = uint32_argument(info, 1);
  if (status < 200 || status > 599)
    return throw_type_error(isolate, "a response's status is 200 to 599");
  Scratch scratch;
  const std::optional<std::string_view> status_text = scratch.latin1(isolate, info[2]);
  if (!status_text ||
      status_text->find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    return throw_type_error(isolate, "the status text has a character that HTTP forbids");
  }
  ipc::Respond message{.status = static_cast<std::uint16_t>(status), .status_text = *status_text};
  if (!scratch.headers(info.GetIsolate()->GetCurrentContext(), info[3], message.headers) ||
      !check_head(*worker, *request, message.status_text, message.headers)) {
    return;
  }
  OutgoingBodyArguments body;
  if (!body.read(info, *worker, 4, scratch)) return;
  if (body.too_large) return info.GetReturnValue().Set(false);
  message.body = body.body;
  message.cpu_us = worker->cpu_us(*request);
  if (!worker->outbox().try_send(request->id, message)) {
    if (message.body.kind == ipc::BodyKind::kInline) return info.GetReturnValue().Set(false);
    return throw_type_error(isolate, "the response's headers are too large");
  }
  request->answered = true;
  if (message.body.kind == ipc::BodyKind::kStream) {
    worker->streams().open({ipc::StreamKind::kResponseBody, request->id}, *request);
  }
  info.GetReturnValue().Set(true);
}

void next(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr) return;
  sandbox::RequestState* request = unanswered(info, *worker);
  if (request == nullptr) return;
  Scratch scratch;
  ipc::Next message;
  message.rewrite_url = scratch.utf8(info.GetIsolate(), info[1]);
  message.override_request_headers = !info[2]->IsUndefined();
  if (message.override_request_headers &&
      !scratch.headers(info.GetIsolate()->GetCurrentContext(), info[2], message.request_headers)) {
    return;
  }
  if (!scratch.headers(info.GetIsolate()->GetCurrentContext(), info[3], message.response_headers) ||
      !check_head(*worker, *request, {}, message.response_headers)) {
    return;
  }
  message.cpu_us = worker->cpu_us(*request);
  if (!worker->outbox().try_send(request->id, message)) {
    return throw_type_error(info.GetIsolate(), "the headers are too large");
  }
  request->answered = true;
}

// Did the script run into its memory limit? `refused`: an array buffer of its was. WebAssembly
// memories and resizable buffers are refused by the memory fence, which only V8's message tells.
bool is_memory_error(std::string_view message, bool refused) {
  return message.starts_with("RangeError") &&
         (refused || message.contains("could not allocate memory") ||
          message.contains("Out of memory"));
}

void fail(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr) return;
  sandbox::RequestState* request = unanswered(info, *worker);
  if (request == nullptr) return;
  Scratch scratch;
  v8::Isolate* isolate = info.GetIsolate();
  ErrorCode code = error_by_name(scratch.utf8(isolate, info[1])).value_or(ErrorCode::kScriptError);
  const std::string_view text = scratch.utf8(isolate, info[2]);
  const bool refused = request->refusals != worker->buffers().refusals();
  if (code == ErrorCode::kScriptError && is_memory_error(text, refused))
    code = ErrorCode::kMemoryLimit;
  request->answered = true;
  worker->outbox().send(
      request->id,
      ipc::RequestFailed{.code = error_info(code).name,
                         .message = text.substr(0, kLongestText_bytes),
                         .stack = scratch.utf8(isolate, info[3]).substr(0, kLongestText_bytes),
                         .cpu_us = worker->cpu_us(*request)});
}

void done(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr) return;
  if (sandbox::RequestState* request = request_argument(info, *worker, 0)) worker->finish(*request);
}

void current_request(const Info& info) {
  sandbox::Worker* worker = sandbox::Worker::of(info.GetIsolate());
  info.GetReturnValue().Set(worker == nullptr ? 0U : worker->current_request());
}

// --------------------------------------------------------------------------------------- messages

void on_request(sandbox::Worker& worker, const ipc::Frame& frame) {
  const auto message = worker.decode<ipc::Request>(frame);
  const std::uint32_t id = frame.header.id;
  sandbox::RequestState* request = worker.begin_request(id);
  if (request == nullptr) return;
  request->body_open = message.has_body;
  request->keep_headers(message.headers);
  worker.run_turn(id, [&] {
    v8::Isolate* isolate = worker.isolate();
    v8::Local<v8::String> method, url, client_ip;
    if (!internalized_string(isolate, message.method).ToLocal(&method) ||
        !utf8_string(isolate, message.url).ToLocal(&url) ||
        !latin1_string(isolate, message.client_ip).ToLocal(&client_ip)) {
      return;
    }
    std::vector<v8::Local<v8::Value>> params;
    for (const HeaderField& param : message.params) {
      v8::Local<v8::String> name, value;
      if (!utf8_string(isolate, param.name).ToLocal(&name) ||
          !utf8_string(isolate, param.value).ToLocal(&value)) {
        return;
      }
      params.push_back(name);
      params.push_back(value);
    }
    std::array<v8::Local<v8::Value>, 7> arguments{
        v8::Integer::NewFromUnsigned(isolate, message.entry),
        v8::Integer::NewFromUnsigned(isolate, id),
        method,
        url,
        v8::Boolean::New(isolate, message.has_body),
        client_ip,
        v8::Array::New(isolate, params.data(), params.size())};
    worker.call(sandbox::Callback::kDispatch, arguments);
  });
}

void on_cancel(sandbox::Worker& worker, const ipc::Frame& frame) {
  const std::uint32_t id = frame.header.id;
  sandbox::RequestState* request = worker.requests().find(id);
  if (request == nullptr) return;
  if (worker.decode<ipc::Cancel>(frame).kill) return worker.kill_request(*request);
  if (request->done) return;
  worker.run_turn(id, [&] {
    v8::Local<v8::Value> argument = v8::Integer::NewFromUnsigned(worker.isolate(), id);
    worker.call(sandbox::Callback::kOnAbort, {&argument, 1});
  });
}

constexpr sandbox::NativeFunction kFunctions[] = {
    {"requestHeaders", request_headers},
    {"respond", respond},
    {"next", next},
    {"fail", fail},
    {"done", done},
    {"currentRequest", current_request},
};

constexpr sandbox::MessageHandler kMessages[] = {
    {ipc::MessageType::kRequest, on_request},
    {ipc::MessageType::kCancel, on_cancel},
};

}  // namespace

sandbox::Binding request_binding() { return {kFunctions, kMessages}; }

}  // namespace brink::bindings
