#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "core/ipc/codec.h"
#include "core/ipc/messages.h"

/// One filled-in example of every message, for tests that hold for all of them.
namespace brink::ipc {

inline const std::vector<HeaderField>& example_headers() {
  static const std::vector<HeaderField> kHeaders = {
      {"content-type", "text/html"}, {"x-empty", ""}, {"set-cookie", "a=1"}};
  return kHeaders;
}

inline OutgoingBody example_body() {
  return {BodyKind::kInline, {StreamKind::kFetchResponseBody, 7}, -1, "body\0bytes"};
}

inline auto example_messages() {
  const HeaderSpan headers = example_headers();
  return std::tuple(
      LoadApp{
          50, 1000, 128u << 20, true, "m middleware.js\nh pages/api/a.js\n", true, true, {1, 2, 3}},
      Environment{"A=1"},
      ModuleSource{ModuleSource::Part::kCodeCache, "lib/a.js", "export default 1;"},
      Request{3, Request::Body::kWhole, "POST", "http://a/b?c", "192.0.2.1", headers.first(1),
              headers, "body"},
      BodyChunk{StreamKind::kFetchResponseBody, ChunkState::kError, "BRINK_ORIGIN_CLOSED: gone",
                "abc"},
      FetchResponse{200, true, true, "OK", "http://a/", headers},
      FetchFailed{"BRINK_FETCH_REDIRECT", "too many"},
      Window{StreamKind::kFetchRequestBody, true, 4096}, Cancel{true}, Shutdown{},
      WorkerReady{"jail"}, ModuleNeeded{"./lib/a.js", "middleware.js"},
      CodeCache{false, 5, "lib/a.js", "cache"}, AppReady{headers, false},
      AppWaits{"middleware.js:3:1"},
      AppFailed{"BRINK_MODULE_SYNTAX", "Unexpected token", "a.js", 3, 5, "at a.js:3:5"},
      Respond{404, 7, "Not Found", headers, example_body()},
      Next{true, 7, "http://a/b", headers, headers.last(1)},
      StreamChunk{StreamKind::kResponseBody, ChunkState::kEnd, "x"},
      BodyPull{StreamKind::kFetchResponseBody, 65536}, BodyCancel{StreamKind::kFetchResponseBody},
      Fetch{9, RedirectMode::kManual, "GET", "http://a/b", headers, example_body()}, FetchAbort{},
      RequestFailed{"BRINK_SCRIPT_ERROR", "boom", "at a.js:1:1", 7}, Log{LogLevel::kWarn, "hello"},
      RequestDone{1234, true});
}

/// Calls `check(message)` with each example.
template <class Check>
void for_each_message(Check check) {
  std::apply([&](const auto&... message) { (check(message), ...); }, example_messages());
}

template <class Message>
std::vector<std::byte> encode(Message message) {
  std::vector<std::byte> bytes(64 * 1024);
  Encoder encoder(bytes);
  message.fields(encoder);
  bytes.resize(encoder.ok() ? encoder.size() : 0);
  return bytes;
}

}  // namespace brink::ipc
