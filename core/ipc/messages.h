#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/ipc/codec.h"

/// The messages between the front and a worker: every type, its direction and its fields, once.
///
/// A message is a frame in a ring (channel.h): a header with type, id and arg, then the fields in
/// the order of `fields()`, which serves the encoder and the decoder alike. Views in a decoded
/// message point into the frame and the decoder's scratch: they are valid until the next message is
/// read.
///
/// The front treats all that comes from a worker as hostile: the decoder checks every length and
/// enumeration; ids and states are checked by the receiver (supervise/, proxy/). The worker trusts
/// the front.
namespace brink::ipc {

/// Which body a chunk belongs to. Mirrored in js-stdlib/natives.d.ts.
enum class StreamKind : std::uint8_t {
  kRequestBody = 0,        ///< client to script; id: request
  kFetchResponseBody = 1,  ///< upstream to script; id: fetch
  kResponseBody = 2,       ///< script to client; id: request
  kFetchRequestBody = 3,   ///< script to upstream; id: fetch
  kCount
};

struct StreamRef {
  StreamKind kind = StreamKind::kRequestBody;
  std::uint32_t id = 0;
  bool operator==(const StreamRef&) const = default;
};

/// How a body travels. Mirrored in js-stdlib/natives.d.ts.
enum class BodyKind : std::uint8_t {
  kNone = 0,
  kInline = 1,       ///< the whole body is in the message
  kStream = 2,       ///< StreamChunk messages follow
  kPassThrough = 3,  ///< `source` names an incoming body that the front joins to this end
  kCount
};

/// Mirrored in js-stdlib/natives.d.ts.
enum class ChunkState : std::uint8_t { kMore = 0, kEnd = 1, kError = 2, kCount };

enum class EntryKind : std::uint8_t { kMiddleware = 0, kHandler = 1, kCount };
enum class RedirectMode : std::uint8_t { kFollow = 0, kManual = 1, kError = 2, kCount };
enum class LogLevel : std::uint8_t { kDebug = 0, kInfo = 1, kWarn = 2, kError = 3, kCount };

/// Bytes that a sender may have in flight on an outgoing stream before the first Window message.
inline constexpr std::uint32_t kInitialWindow_bytes = 128 * 1024;
/// The most bytes of a body in one message (inline bodies, chunks, module sources).
inline constexpr std::size_t kMaxChunk_bytes = 56 * 1024;

enum class MessageType : std::uint16_t {
  // front -> worker
  kLoadApp = 1,
  kEnvironment,
  kModuleSource,
  kRequest,
  kBodyChunk,
  kFetchResponse,
  kFetchFailed,
  kWindow,
  kCancel,
  kShutdown,
  // worker -> front
  kWorkerReady = 64,
  kModuleNeeded,
  kCodeCache,
  kAppReady,
  kAppFailed,
  kAppWaits,
  kRespond,
  kNext,
  kStreamChunk,
  kBodyPull,
  kBodyCancel,
  kFetch,
  kFetchAbort,
  kRequestFailed,
  kLog,
  kRequestDone,
};

// ------------------------------------------------------------------------------ front -> worker

/// What a worker itself counts for each request (docs/limits.md).
struct ScriptLimits {
  std::uint32_t response_head_bytes = 32 * 1024;
  std::uint32_t log_bytes = 256 * 1024;  ///< console output
  std::uint32_t timers = 1000;           ///< open at once
  template <class A>
  void fields(A& a) {
    a(response_head_bytes), a(log_bytes), a(timers);
  }
};

/// Makes a blank worker an app's. Followed by the worker's ModuleNeeded messages for its entries.
struct LoadApp {
  static constexpr MessageType kType = MessageType::kLoadApp;
  std::uint32_t cpu_limit_ms = 50;          ///< CPU time of one request, all its turns
  std::uint32_t start_cpu_limit_ms = 1000;  ///< CPU time of loading all modules
  std::uint32_t memory_limit_bytes = 0;     ///< heap and array buffers together; 0: no limit
  bool isolate_requests = false;            ///< each request gets a context of its own
  /// Entries as lines "m middleware.js\n" or "h pages/api/hello.js\n"; an entry's number is its
  /// line's.
  std::string_view entries;
  bool allow_eval = false;    ///< eval() and functions made of strings
  bool frozen_clock = false;  ///< time stands still while JavaScript runs
  ScriptLimits limits;
  template <class A>
  void fields(A& a) {
    a(cpu_limit_ms), a(start_cpu_limit_ms), a(memory_limit_bytes), a(isolate_requests), a(entries);
    a(allow_eval), a(frozen_clock), limits.fields(a);
  }
};

/// The variables of the app, for process.env. Comes before LoadApp, if there are any.
struct Environment {
  static constexpr MessageType kType = MessageType::kEnvironment;
  std::string_view variables;  ///< "NAME=value", each with a NUL behind it
  template <class A>
  void fields(A& a) {
    a(variables);
  }
};

/// Answers ModuleNeeded (frame id: its sequence number). Long sources come in several messages.
struct ModuleSource {
  static constexpr MessageType kType = MessageType::kModuleSource;
  enum class Part : std::uint8_t { kSource, kCodeCache, kEnd, kNotFound, kCount };
  Part part = Part::kEnd;
  std::string_view path;   ///< resolved path in the app, with '/': the module's identity
  std::string_view bytes;  ///< next piece of the source, of the code cache, or the error's text
  template <class A>
  void fields(A& a) {
    a(part), a(path), a(bytes);
  }
};

/// Ids of requests: the low bits are a slot, so that both sides find a request in a table. The
/// others make that id the request's alone while the worker lives.
inline constexpr std::uint32_t kRequestSlots = 1u << 12;

/// Longest body that comes with its request.
inline constexpr std::size_t kMaxWholeBody_bytes = 16 * 1024;

/// Run an entry (frame id: request).
struct Request {
  static constexpr MessageType kType = MessageType::kRequest;
  enum class Body : std::uint8_t {
    kNone,
    kToPull,  ///< BodyPull gets it
    kWhole,   ///< the same, and its bytes are here as well: this app's scripts tend to read them
    kCount
  };
  std::uint16_t entry = 0;
  Body body_kind = Body::kNone;
  std::string_view method;
  std::string_view url;  ///< absolute, as the client sees it
  std::string_view client_ip;
  HeaderSpan params;      ///< route parameters: name, value; a catch-all repeats its name
  HeaderSpan headers;     ///< end-to-end headers, in order, names as received
  std::string_view body;  ///< for kWhole
  template <class A>
  void fields(A& a) {
    a(entry), a(body_kind), a(method), a(url), a(client_ip), a(params), a(headers), a(body);
  }
};

/// Answers BodyPull (frame id: request or fetch). At least one byte unless the state ends the body.
struct BodyChunk {
  static constexpr MessageType kType = MessageType::kBodyChunk;
  StreamKind kind = StreamKind::kRequestBody;
  ChunkState state = ChunkState::kMore;
  std::string_view error;  ///< for kError: what happened, with its BRINK_ code first
  std::string_view bytes;
  template <class A>
  void fields(A& a) {
    a(kind), a(state), a(error), a(bytes);
  }
};

/// Head of a fetch's response (frame id: fetch).
struct FetchResponse {
  static constexpr MessageType kType = MessageType::kFetchResponse;
  std::uint16_t status = 0;
  bool redirected = false;
  bool has_body = false;
  std::string_view status_text;
  std::string_view url;  ///< after redirects
  HeaderSpan headers;
  template <class A>
  void fields(A& a) {
    a(status), a(redirected), a(has_body), a(status_text), a(url), a(headers);
  }
};

/// A fetch that got no response (frame id: fetch).
struct FetchFailed {
  static constexpr MessageType kType = MessageType::kFetchFailed;
  std::string_view code;  ///< BRINK_...
  std::string_view message;
  template <class A>
  void fields(A& a) {
    a(code), a(message);
  }
};

/// The reader of an outgoing stream took bytes (frame id: request or fetch).
struct Window {
  static constexpr MessageType kType = MessageType::kWindow;
  StreamKind kind = StreamKind::kResponseBody;
  bool gone = false;              ///< nobody reads any more: stop sending
  std::uint32_t added_bytes = 0;  ///< grows the window
  template <class A>
  void fields(A& a) {
    a(kind), a(gone), a(added_bytes);
  }
};

/// The client of this request (frame id) went away: abort request.signal. With `kill`, the request
/// passed a limit of the front's: the worker drops it (no user code runs for it any more) and
/// answers RequestDone.
struct Cancel {
  static constexpr MessageType kType = MessageType::kCancel;
  bool kill = false;
  template <class A>
  void fields(A& a) {
    a(kill);
  }
};

/// Finish what runs, then exit with status 0.
struct Shutdown {
  static constexpr MessageType kType = MessageType::kShutdown;
  template <class A>
  void fields(A&) {}
};

// ------------------------------------------------------------------------------ worker -> front

/// The isolate is up and the jail closed: a spare that waits for LoadApp.
struct WorkerReady {
  static constexpr MessageType kType = MessageType::kWorkerReady;
  std::string_view jail;  ///< JailReport::bytes()
  template <class A>
  void fields(A& a) {
    a(jail);
  }
};

/// Asks for a module (frame id: a sequence number of the worker's). Relative specifiers and entry
/// paths only; built-ins ('next/server') never leave the worker.
struct ModuleNeeded {
  static constexpr MessageType kType = MessageType::kModuleNeeded;
  std::string_view specifier;  ///< as written, or an entry's path
  std::string_view referrer;   ///< path of the importing module; empty for an entry
  template <class A>
  void fields(A& a) {
    a(specifier), a(referrer);
  }
};

/// V8's code cache of a module, in pieces; kept by the front for this app's next workers only.
struct CodeCache {
  static constexpr MessageType kType = MessageType::kCodeCache;
  bool last = true;
  std::uint32_t offset = 0;  ///< of this piece in the cache
  std::string_view path;
  std::string_view bytes;
  template <class A>
  void fields(A& a) {
    a(last), a(offset), a(path), a(bytes);
  }
};

/// All entries are loaded.
struct AppReady {
  static constexpr MessageType kType = MessageType::kAppReady;
  /// Matchers of the middleware: name = source as the user wrote it, value = regular expression.
  HeaderSpan matchers;
  bool matches_every_path = true;  ///< the middleware has no config.matcher
  template <class A>
  void fields(A& a) {
    a(matchers), a(matches_every_path);
  }
};

/// Loading waits for a promise at the top level of a module.
struct AppWaits {
  static constexpr MessageType kType = MessageType::kAppWaits;
  std::string_view place;  ///< "middleware.js:3:1"
  template <class A>
  void fields(A& a) {
    a(place);
  }
};

/// The app can't be loaded; the worker exits.
struct AppFailed {
  static constexpr MessageType kType = MessageType::kAppFailed;
  std::string_view code;
  std::string_view message;
  std::string_view path;     ///< module at fault, may be empty
  std::uint32_t line = 0;    ///< 1-based; 0: unknown
  std::uint32_t column = 0;  ///< 1-based; 0: unknown
  std::string_view stack;
  template <class A>
  void fields(A& a) {
    a(code), a(message), a(path), a(line), a(column), a(stack);
  }
};

/// Body of a response or of a fetch request, as far as its head says.
struct OutgoingBody {
  BodyKind kind = BodyKind::kNone;
  StreamRef source;                  ///< for kPassThrough
  std::int64_t content_length = -1;  ///< for kStream; -1: unknown
  std::string_view bytes;            ///< for kInline
  template <class A>
  void fields(A& a) {
    a(kind), a(source.kind), a(source.id), a(content_length), a(bytes);
  }
};

/// The script's final response (frame id: request).
struct Respond {
  static constexpr MessageType kType = MessageType::kRespond;
  std::uint16_t status = 200;
  std::uint32_t cpu_us = 0;  ///< of the request so far
  std::string_view status_text;
  HeaderSpan headers;
  OutgoingBody body;
  template <class A>
  void fields(A& a) {
    a(status), a(cpu_us), a(status_text), a(headers), body.fields(a);
  }
};

/// Middleware says "go on" (frame id: request).
struct Next {
  static constexpr MessageType kType = MessageType::kNext;
  bool override_request_headers = false;
  std::uint32_t cpu_us = 0;      ///< of the request so far
  std::string_view rewrite_url;  ///< absolute; empty: NextResponse.next()
  HeaderSpan request_headers;    ///< complete list, when overridden
  HeaderSpan response_headers;   ///< put on the request, and merged into the response that follows
  std::uint16_t status = 200;    ///< of the response that follows, if that has 200
  template <class A>
  void fields(A& a) {
    a(override_request_headers), a(cpu_us), a(rewrite_url), a(request_headers), a(response_headers);
    a(status);
  }
};

/// A piece of an outgoing body (frame id: request or fetch). Its bytes may change while the front
/// reads them (shared memory): they are only ever copied, never looked at.
struct StreamChunk {
  static constexpr MessageType kType = MessageType::kStreamChunk;
  StreamKind kind = StreamKind::kResponseBody;
  ChunkState state = ChunkState::kMore;
  std::string_view bytes;
  template <class A>
  void fields(A& a) {
    a(kind), a(state), a(bytes);
  }
};

/// The script wants more of an incoming body (frame id: request or fetch).
struct BodyPull {
  static constexpr MessageType kType = MessageType::kBodyPull;
  StreamKind kind = StreamKind::kRequestBody;
  std::uint32_t max_bytes = 0;
  template <class A>
  void fields(A& a) {
    a(kind), a(max_bytes);
  }
};

struct BodyCancel {
  static constexpr MessageType kType = MessageType::kBodyCancel;
  StreamKind kind = StreamKind::kRequestBody;
  template <class A>
  void fields(A& a) {
    a(kind);
  }
};

/// A subrequest (frame id: fetch, chosen by the worker, never reused).
struct Fetch {
  static constexpr MessageType kType = MessageType::kFetch;
  std::uint32_t request = 0;  ///< the request that pays for it
  RedirectMode redirect = RedirectMode::kFollow;
  std::string_view method;
  std::string_view url;
  HeaderSpan headers;
  OutgoingBody body;
  template <class A>
  void fields(A& a) {
    a(request), a(redirect), a(method), a(url), a(headers), body.fields(a);
  }
};

struct FetchAbort {
  static constexpr MessageType kType = MessageType::kFetchAbort;
  template <class A>
  void fields(A&) {}
};

/// The script failed before it answered (frame id: request).
struct RequestFailed {
  static constexpr MessageType kType = MessageType::kRequestFailed;
  std::string_view code;  ///< BRINK_...
  std::string_view message;
  std::string_view stack;
  std::uint32_t cpu_us = 0;  ///< of the request so far
  template <class A>
  void fields(A& a) {
    a(code), a(message), a(stack), a(cpu_us);
  }
};

/// A line of console output (frame id: request, or 0).
struct Log {
  static constexpr MessageType kType = MessageType::kLog;
  LogLevel level = LogLevel::kInfo;
  std::string_view text;
  template <class A>
  void fields(A& a) {
    a(level), a(text);
  }
};

/// The worker forgot the request (frame id): handler and waitUntil promises are settled.
struct RequestDone {
  static constexpr MessageType kType = MessageType::kRequestDone;
  std::uint32_t cpu_us = 0;
  bool ignored_body = false;  ///< a body came with the request, and the script did not read it
  template <class A>
  void fields(A& a) {
    a(cpu_us), a(ignored_body);
  }
};

}  // namespace brink::ipc
