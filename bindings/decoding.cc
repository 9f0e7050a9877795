// Content codings of fetched bodies, taken off while a script reads them.
#include <array>

#include "bindings/arguments.h"
#include "bindings/bindings.h"

namespace brink::bindings {
namespace {

using sandbox::ContentDecoder;

void throw_memory_limit(v8::Isolate* isolate) {
  isolate->ThrowException(v8::Exception::RangeError(v8::String::NewFromUtf8Literal(
      isolate, "BRINK_MEMORY_LIMIT: the decoded body does not fit into the memory limit")));
}

// bodyDecode(fetch, codings, input, last): see natives.d.ts.
void body_decode(const Info& info) {
  sandbox::Worker* worker = worker_of(info);
  if (worker == nullptr) return;
  v8::Isolate* isolate = info.GetIsolate();
  sandbox::FetchState* fetch = worker->requests().find_fetch(uint32_argument(info, 0));
  if (fetch == nullptr) return throw_type_error(isolate, "the request has ended");
  if (fetch->decoder == nullptr) {
    Scratch scratch;
    fetch->decoder = ContentDecoder::open(scratch.utf8(isolate, info[1]), worker->buffers());
    if (fetch->decoder == nullptr) return throw_type_error(isolate, "unknown content coding");
  }
  ContentDecoder& decoder = *fetch->decoder;
  ByteView input;
  if (input.read(info[2])) decoder.push(input.view());
  std::array<std::uint8_t, ContentDecoder::kMaxOutput_bytes> out;
  std::size_t written = 0;
  switch (decoder.read(out, written)) {
    case ContentDecoder::Step::kOutput: {
      v8::Local<v8::Uint8Array> bytes;
      if (copy_bytes(isolate, {reinterpret_cast<const char*>(out.data()), written}).ToLocal(&bytes))
        info.GetReturnValue().Set(bytes);
      return;
    }
    case ContentDecoder::Step::kNeedsInput: {
      if (!info[3]->IsTrue()) return;
      const bool complete = decoder.complete();
      fetch->decoder.reset();
      if (!complete) throw_type_error(isolate, "the encoded body ends too early");
      return;
    }
    case ContentDecoder::Step::kMalformed:
      fetch->decoder.reset();
      return throw_type_error(isolate, "the body is not encoded as its Content-Encoding says");
    case ContentDecoder::Step::kNoMemory:
      fetch->decoder.reset();
      return throw_memory_limit(isolate);
  }
}

constexpr sandbox::NativeFunction kFunctions[] = {{"bodyDecode", body_decode}};

}  // namespace

sandbox::Binding decoding_binding() { return {kFunctions}; }

}  // namespace brink::bindings
