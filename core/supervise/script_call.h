#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/result.h"
#include "core/ipc/messages.h"

namespace brink::supervise {

/// Whose code ran when a worker ended, by the worker's own word.
enum class Blame : std::uint8_t { kThisRequest, kAnotherRequest, kUnknown };

/// The front's half of one request inside a worker: what the worker says about it. Implemented by
/// proxy/. Lives on the loop's thread from Worker::start_call() until on_done() or
/// on_worker_lost().
///
/// A handler returns false for a message that is well formed but can't be in this state (a second
/// response, a chunk nobody announced, ...): the worker is then ended as hostile.
class ScriptCall {
 public:
  virtual ~ScriptCall() = default;

  /// The id of the client's request, for logs.
  virtual std::string_view request_id() const = 0;

  /// What is lost when the call is dropped so that others can run, from least to most.
  enum class Claim : std::uint8_t {
    kBackground,  ///< its client has the answer; only waitUntil() promises are open
    kSilent,      ///< its answer has begun, but the script has sent nothing for some time
    kFull,
  };
  virtual Claim claim() const = 0;
  /// Others have the better claim: the script is to be dropped. on_done() follows, from the worker.
  virtual void give_way() = 0;

  virtual bool on_respond(const ipc::Respond& message) = 0;
  virtual bool on_next(const ipc::Next& message) = 0;
  /// The script failed before it answered. `stack` names source lines; it is for the log.
  virtual bool on_failed(const Error& error, std::string_view stack, std::uint32_t cpu_us) = 0;
  virtual bool on_chunk(ipc::StreamRef stream, ipc::ChunkState state, std::string_view bytes) = 0;
  virtual bool on_body_pull(ipc::StreamRef stream, std::uint32_t max_bytes) = 0;
  virtual bool on_body_cancel(ipc::StreamRef stream) = 0;
  virtual bool on_fetch(std::uint32_t fetch, const ipc::Fetch& message) = 0;
  virtual bool on_fetch_abort(std::uint32_t fetch) = 0;

  /// The worker has forgotten the request. The call ends with this.
  virtual void on_done(const ipc::RequestDone& message) = 0;
  /// The worker is gone, with the code that the client is to see. The call ends with this.
  virtual void on_worker_lost(const Error& error, Blame blame) = 0;
};

}  // namespace brink::supervise
