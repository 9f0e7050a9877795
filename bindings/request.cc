// Requests and their answers.
#include <array>
#include <utility>

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
  HeaderArray headers(*worker);
  for (const HeaderField& field : request->headers) {
    if (!headers.add(field.name, field.value)) return;
  }
  info.GetReturnValue().Set(headers.array());
}

void client_ip(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr) return;
  const sandbox::RequestState* request = request_argument(info, *worker, 0);
  v8::Local<v8::String> text;
  if (request != nullptr && latin1_string(info.GetIsolate(), request->client_ip).ToLocal(&text))
    info.GetReturnValue().Set(text);
}

/// Takes the body that came with the request.
bool take_whole_body(const Info& info, std::string_view& body) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr) return false;
  sandbox::RequestState* request = request_argument(info, *worker, 0);
  if (request == nullptr) return false;
  if (!request->has_whole_body || !request->body_open) {
    throw_type_error(info.GetIsolate(), "the body is not here");
    return false;
  }
  request->has_whole_body = request->body_open = false;
  body = request->whole_body;
  return true;
}

void whole_body_text(const Info& info) {
  std::string_view body;
  v8::Local<v8::String> text;
  if (take_whole_body(info, body) && utf8_text(info.GetIsolate(), body).ToLocal(&text))
    info.GetReturnValue().Set(text);
}

void whole_body_bytes(const Info& info) {
  std::string_view body;
  v8::Local<v8::Uint8Array> bytes;
  if (take_whole_body(info, body) && copy_bytes(info.GetIsolate(), body).ToLocal(&bytes))
    info.GetReturnValue().Set(bytes);
}

// The code that the stdlib takes from an error's message, see limitCode() in report.js.
constexpr std::string_view kHeadTooLarge = "BRINK_RESPONSE_HEAD_TOO_LARGE: ";

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
  if (!scratch.headers(info.GetIsolate(), info[3], message.headers, kHeadTooLarge) ||
      !check_head(*worker, *request, message.status_text, message.headers)) {
    return;
  }
  OutgoingBodyArguments body;
  if (!body.read(info, *worker, request->id, 4, scratch)) return;
  if (body.must_stream) return info.GetReturnValue().Set(false);
  message.body = body.body;
  message.cpu_us = worker->cpu_us(*request);
  if (!worker->outbox().try_send(request->id, message)) {
    if (message.body.kind == ipc::BodyKind::kInline) return info.GetReturnValue().Set(false);
    return throw_type_error(isolate,
                            std::string(kHeadTooLarge) + "the response's headers are too large");
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
      !scratch.headers(info.GetIsolate(), info[2], message.request_headers)) {
    return;
  }
  if (!scratch.headers(info.GetIsolate(), info[3], message.response_headers, kHeadTooLarge) ||
      !check_head(*worker, *request, {}, message.response_headers)) {
    return;
  }
  const std::uint32_t status = uint32_argument(info, 4);
  if (status < 200 || status > 599)
    return throw_type_error(info.GetIsolate(), "a response's status is 200 to 599");
  message.status = static_cast<std::uint16_t>(status);
  message.cpu_us = worker->cpu_us(*request);
  if (!worker->outbox().try_send(request->id, message)) {
    return throw_type_error(info.GetIsolate(),
                            std::string(kHeadTooLarge) + "the headers are too large");
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

/// The route's parameters, flat; undefined: it has none.
v8::MaybeLocal<v8::Value> params_array(v8::Isolate* isolate, HeaderSpan fields) {
  if (fields.empty()) return v8::Undefined(isolate);
  std::vector<v8::Local<v8::Value>> params;
  for (const HeaderField& param : fields) {
    v8::Local<v8::String> name, value;
    if (!utf8_string(isolate, param.name).ToLocal(&name) ||
        !utf8_string(isolate, param.value).ToLocal(&value)) {
      return {};
    }
    params.push_back(name);
    params.push_back(value);
  }
  return v8::Array::New(isolate, params.data(), params.size());
}

void dispatch(sandbox::Worker& worker, sandbox::RequestState& request,
              const ipc::Request& message) {
  v8::Isolate* isolate = worker.isolate();
  v8::Local<v8::String> method, url;
  v8::Local<v8::Value> params, finished;
  if (!internalized_string(isolate, message.method).ToLocal(&method) ||
      !utf8_text(isolate, message.url).ToLocal(&url) ||
      !params_array(isolate, message.params).ToLocal(&params)) {
    return;
  }
  std::array<v8::Local<v8::Value>, 6> arguments{
      v8::Integer::NewFromUnsigned(isolate, message.entry),
      v8::Integer::NewFromUnsigned(isolate, request.id),
      method,
      url,
      v8::Integer::NewFromUnsigned(isolate, static_cast<std::uint32_t>(message.body_kind)),
      params};
  const bool returned = worker.call(sandbox::Callback::kDispatch, arguments).ToLocal(&finished);
  if (returned && finished->IsTrue()) worker.finish(request);
}

void on_request(sandbox::Worker& worker, const ipc::Frame& frame) {
  const auto message = worker.decode<ipc::Request>(frame);
  const std::uint32_t id = frame.header.id;
  sandbox::RequestState* request = worker.begin_request(id);
  if (request == nullptr) return;
  request->body_open = message.body_kind != ipc::Request::Body::kNone;
  request->has_whole_body = message.body_kind == ipc::Request::Body::kWhole;
  request->headers = message.headers;
  request->client_ip = message.client_ip;
  request->whole_body = message.body;
  worker.run_turn(id, [&] { dispatch(worker, *request, message); });
  request = worker.requests().find(id);
  if (request != nullptr) request->keep();
}

void on_cancel(sandbox::Worker& worker, const ipc::Frame& frame) {
  const std::uint32_t id = frame.header.id;
  sandbox::RequestState* request = worker.requests().find(id);
  if (request == nullptr) return;
  if (worker.decode<ipc::Cancel>(frame).kill) return worker.kill_request(*request);
  if (request->done) return;
  const auto tell = [&] {
    worker.run_turn(id, [&] {
      v8::Local<v8::Value> argument = v8::Integer::NewFromUnsigned(worker.isolate(), id);
      worker.call(sandbox::Callback::kOnAbort, {&argument, 1});
    });
    return worker.requests().find(id);
  };
  request = tell();
  if (request == nullptr || request->done) return;
  // A script that is not through now ends here, or goes on; nobody is there for an answer.
  const bool answered = std::exchange(request->answered, true);
  request = tell();
  if (request != nullptr && !request->done) request->answered = answered;
}

constexpr sandbox::NativeFunction kFunctions[] = {
    {"requestHeaders", request_headers},
    {"clientIp", client_ip},
    {"wholeBodyText", whole_body_text},
    {"wholeBodyBytes", whole_body_bytes},
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
