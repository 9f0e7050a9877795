#include "bindings/outgoing_body.h"

namespace brink::bindings {
namespace {

/// An incoming body that nobody has begun to read.
struct Source {
  std::uint32_t owner = 0;  ///< its request
  bool* open = nullptr;     ///< nullptr: there is no such body (any more)
};

Source find_source(sandbox::Worker& worker, ipc::StreamRef source) {
  if (source.kind == ipc::StreamKind::kRequestBody) {
    sandbox::RequestState* request = worker.requests().find(source.id);
    if (request != nullptr) return {request->id, &request->body_open};
  } else if (source.kind == ipc::StreamKind::kFetchResponseBody) {
    sandbox::FetchState* fetch = worker.requests().find_fetch(source.id);
    if (fetch != nullptr) return {fetch->request, &fetch->body_open};
  }
  return {};
}

}  // namespace

bool OutgoingBodyArguments::read(const Info& info, sandbox::Worker& worker, std::uint32_t owner,
                                 int first, Scratch& scratch) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Value> value = info[first + 1];
  switch (static_cast<ipc::BodyKind>(uint32_argument(info, first))) {
    case ipc::BodyKind::kNone:
      return true;
    case ipc::BodyKind::kInline:
      body.kind = ipc::BodyKind::kInline;
      if (value->IsString()) {
        v8::Local<v8::String> text = value.As<v8::String>();
        must_stream = static_cast<std::size_t>(text->Length()) > ipc::kMaxChunk_bytes;
        if (must_stream) return true;
        body.bytes = scratch.utf8(isolate, value);
        must_stream = body.bytes.size() > ipc::kMaxChunk_bytes;
        return true;
      }
      if (!bytes.read(value)) {
        throw_type_error(isolate, "an inline body is a string or a Uint8Array");
        return false;
      }
      body.bytes = bytes.view();
      must_stream = body.bytes.size() > ipc::kMaxChunk_bytes;
      return true;
    case ipc::BodyKind::kStream:
      body.kind = ipc::BodyKind::kStream;
      if (value->IsNumber()) {
        const double length = value.As<v8::Number>()->Value();
        if (length >= 0 && length <= 9007199254740991.0)
          body.content_length = static_cast<std::int64_t>(length);
      }
      return true;
    case ipc::BodyKind::kPassThrough: {
      body.kind = ipc::BodyKind::kPassThrough;
      const std::uint32_t kind = uint32_argument(info, first + 1);
      if (kind < static_cast<std::uint32_t>(ipc::StreamKind::kCount)) {
        body.source = {static_cast<ipc::StreamKind>(kind), uint32_argument(info, first + 2)};
        const Source source = find_source(worker, body.source);
        must_stream = source.open != nullptr && *source.open && source.owner != owner;
        if (must_stream) return true;
        // The front takes over.
        if (source.open != nullptr && std::exchange(*source.open, false)) return true;
      }
      throw_type_error(isolate, "the body to pass through is not there any more");
      return false;
    }
    case ipc::BodyKind::kCount:
      break;
  }
  throw_type_error(isolate, "unknown kind of body");
  return false;
}

}  // namespace brink::bindings
