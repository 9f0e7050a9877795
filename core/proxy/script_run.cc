#include "core/proxy/script_run.h"

#include <utility>

namespace brink::proxy {
namespace {

using ipc::StreamKind;

// Of an error's text, for the log and the client's page: the worker may say anything.
constexpr std::size_t kMaxMessage_bytes = 2 * 1024;
constexpr std::size_t kMaxStack_bytes = 8 * 1024;

/// A stream counts as silent after this, where something has to give way. Heartbeats of
/// server-sent events come less often, and their clients connect again by themselves.
constexpr std::uint64_t kSilent_ms = 5'000;

std::string coded(ErrorCode code, std::string_view message) {
  return std::string(error_info(code).name) + ": " + std::string(message);
}

constexpr std::size_t kMaxErrorText_bytes = 8 * 1024;

// What a script's text says went wrong: "BRINK_CPU_LIMIT: ...", or anything.
ErrorCode script_error_code(std::string_view text) {
  const std::optional<ErrorCode> code = error_by_name(text.substr(0, text.find(':')));
  return code.value_or(ErrorCode::kScriptError);
}

}  // namespace

ScriptRun::ScriptRun(const Services& services, supervise::Worker& worker,
                     ScriptRunObserver& observer, std::string_view request_id)
    : services_(services),
      worker_(&worker),
      observer_(&observer),
      request_id_(request_id),
      subrequests_(services.config.limits) {}

ScriptRun::~ScriptRun() = default;

Result<void> ScriptRun::start(const ipc::Request& request) {
  const Result<std::uint32_t> id = worker_->start_call(request, *this);
  if (!id) {
    worker_ = nullptr;
    return std::unexpected(id.error());
  }
  id_ = *id;
  self_ = shared_from_this();
  set_deadline(services_.wall_deadlines);
  return {};
}

// Its fetches may go to the site that its client asked, as long as it runs.
void ScriptRun::remember_site() {
  if (!site_ && observer_ && services_.sites)
    site_.emplace(services_.loop, *services_.sites, observer_->visit(),
                  services_.config.limits.subrequests);
}

void ScriptRun::detach(bool client_gone) {
  if (worker_) remember_site();
  observer_ = nullptr;
  // First: a script that hears of its stream's end may be through before it hears of the client.
  if (worker_ && client_gone) worker_->send(id_, ipc::Cancel{});
  if (streams() && worker_ && !killed_) set_deadline(services_.wall_deadlines);
  response_body_.reset();
}

void ScriptRun::stream_response_to(http::OutgoingBody& sink) {
  if (worker_) {
    response_body_ = std::make_unique<ScriptBody>(
        *worker_, ipc::StreamRef{StreamKind::kResponseBody, id_}, sink);
    clear_deadline();  // a stream may last; waitUntil() has its time from the stream's end on
    response_body_->limit_silence(services_.silence_deadlines, [this] {
      break_stream({ErrorCode::kWallLimit,
                    "the script sent nothing of its body for " +
                        std::to_string(services_.config.timeouts.script_body_ms) + " ms"});
    });
  }
}

void ScriptRun::break_stream(const Error& error) {
  break_response(error);
  drop();
}

supervise::ScriptCall::Claim ScriptRun::claim() const {
  if (killed_) return Claim::kFull;
  if (observer_ == nullptr) return Claim::kBackground;
  return streams() && response_body_->silent_ms() >= kSilent_ms ? Claim::kSilent : Claim::kFull;
}

void ScriptRun::give_way() {
  break_stream({ErrorCode::kWorkerUnavailable, "a silent stream gave way to other requests"});
}

http::SharedBody ScriptRun::take_body(ipc::StreamRef source) {
  if (source.kind == StreamKind::kFetchResponseBody) return subrequests_.take_body(source.id);
  const bool own = source == ipc::StreamRef{StreamKind::kRequestBody, id_};
  if (!own || observer_ == nullptr || std::exchange(body_read_, true)) return nullptr;
  return observer_->body_for_script();
}

void ScriptRun::stop_reading_request() {
  if (!request_feed_) return;
  request_feed_.reset();
  if (worker_) send_no_body(coded(ErrorCode::kBadRequest, "the request's body is gone"));
}

void ScriptRun::send_no_body(std::string_view error) {
  const auto state = error.empty() ? ipc::ChunkState::kEnd : ipc::ChunkState::kError;
  worker_->send(id_, ipc::BodyChunk{StreamKind::kRequestBody, state, error, {}});
}

bool ScriptRun::on_respond(const ipc::Respond& message) {
  if (spoke_ || message.status < 200 || message.status > 599) return false;
  spoke_ = true;
  may_stream_ = message.body.kind == ipc::BodyKind::kStream;
  if (std::exchange(answered_, true)) return true;  // a limit's error was there first
  set_deadline(services_.wall_deadlines);           // from here on for waitUntil()
  if (observer_) observer_->on_script_response(message);
  return true;
}

bool ScriptRun::on_next(const ipc::Next& message) {
  if (message.status < 200 || message.status > 599) return false;
  if (std::exchange(spoke_, true)) return false;
  if (std::exchange(answered_, true)) return true;
  set_deadline(services_.wall_deadlines);
  if (observer_) observer_->on_script_next(message);
  return true;
}

bool ScriptRun::on_failed(const Error& error, std::string_view stack, std::uint32_t cpu_us) {
  if (std::exchange(spoke_, true)) return false;
  if (error.code == ErrorCode::kClientGone && observer_ == nullptr) {
    // Not the script's fault, and nobody is left to see it.
    services_.log.debug("script ended as its client left",
                        {{"message", error.message.substr(0, kMaxMessage_bytes)}});
    fail_exchange(error);
    return true;
  }
  // With a client that is still there, the one who left was another request's.
  const ErrorCode code =
      error.code == ErrorCode::kClientGone ? ErrorCode::kScriptError : error.code;
  const Error told{code, error.message.substr(0, kMaxMessage_bytes)};
  stack = stack.substr(0, kMaxStack_bytes);
  if (answered_ || observer_ == nullptr) log_failure(told, stack);
  fail_exchange(told, stack, cpu_us);
  return true;
}

// Of a request that was answered otherwise, but not what it was answered for once more.
void ScriptRun::log_failure(const Error& error, std::string_view stack) {
  if (failed_with_ == error.code) return;
  services_.failures.write(services_.loop.now_ms(), "script failed", {.id = request_id()}, error,
                           stack);
}

void ScriptRun::fail_exchange(const Error& error, std::string_view stack, std::uint32_t cpu_us) {
  break_response(error);
  if (std::exchange(answered_, true)) return;
  failed_with_ = error.code;
  if (observer_) observer_->on_script_failed(error, stack, cpu_us);
}

// A body that has begun and is not complete is broken off.
void ScriptRun::break_response(const Error& error) {
  if (response_body_ == nullptr) return;
  if (observer_ && !response_body_->ended()) observer_->on_script_body_failed(error);
  response_body_->on_worker_lost();
}

bool ScriptRun::on_chunk(ipc::StreamRef stream, ipc::ChunkState state, std::string_view bytes) {
  if (stream.kind == StreamKind::kResponseBody) {
    if (!may_stream_) return false;
    if (response_body_ == nullptr) return true;
    bool taken = false;
    if (state != ipc::ChunkState::kError) {
      taken = response_body_->on_chunk(state, bytes);
    } else {
      const std::string text(
          bytes.substr(0, kMaxErrorText_bytes));  // the worker may still change it
      if (observer_ && !response_body_->ended())
        observer_->on_script_body_failed({script_error_code(text), text});
      taken = response_body_->on_chunk(state, {});
    }
    if (taken && !streams() && !killed_) set_deadline(services_.wall_deadlines);
    return taken;
  }
  if (stream.kind != StreamKind::kFetchRequestBody) return false;
  Subrequest* const fetch = subrequests_.find(stream.id);
  return fetch == nullptr || fetch->on_chunk(state, bytes);
}

bool ScriptRun::on_body_pull(ipc::StreamRef stream, std::uint32_t max_bytes) {
  if (stream.kind == StreamKind::kRequestBody) return pull_request_body(max_bytes);
  if (stream.kind != StreamKind::kFetchResponseBody) return false;
  Subrequest* const fetch = subrequests_.find(stream.id);
  return fetch == nullptr || fetch->on_pull(max_bytes);
}

bool ScriptRun::pull_request_body(std::uint32_t max_bytes) {
  if (request_feed_) return request_feed_->pull(max_bytes);
  http::SharedBody body = observer_ == nullptr ? nullptr : observer_->body_for_script();
  if (body == nullptr) {
    send_no_body(coded(ErrorCode::kBadRequest,
                       "the request's body is gone: nobody read it before the request was over"));
    return true;
  }
  body_read_ = services_.reads_bodies = true;
  const auto too_large = [this] {
    fail_exchange({ErrorCode::kBodyTooLarge,
                   "a script may read at most " +
                       std::to_string(services_.config.limits.request_body_bytes) + " bytes"});
  };
  request_feed_ = std::make_unique<BodyFeed>(
      *worker_, ipc::StreamRef{StreamKind::kRequestBody, id_}, std::move(body),
      services_.config.limits.request_body_bytes, too_large);
  return request_feed_->pull(max_bytes);
}

bool ScriptRun::on_body_cancel(ipc::StreamRef stream) {
  if (stream.kind == StreamKind::kRequestBody) {
    request_feed_.reset();
    return true;
  }
  if (stream.kind != StreamKind::kFetchResponseBody) return false;
  Subrequest* const fetch = subrequests_.find(stream.id);
  return fetch == nullptr || fetch->on_body_cancel();
}

bool ScriptRun::on_fetch(std::uint32_t fetch, const ipc::Fetch& message) {
  http::SharedBody passed_on;
  if (message.body.kind == ipc::BodyKind::kPassThrough) passed_on = take_body(message.body.source);
  remember_site();
  // One that was refused, or failed at once, is not remembered.
  OwnSite* const site = site_ ? &*site_ : nullptr;
  if (!subrequests_.start(*worker_, fetch, message, {services_.upstreams, site},
                          std::move(passed_on)))
    worker_->forget_fetch(fetch);
  return true;
}

bool ScriptRun::on_fetch_abort(std::uint32_t fetch) {
  subrequests_.abort(fetch);
  worker_->forget_fetch(fetch);
  return true;
}

void ScriptRun::on_deadline() {
  if (worker_ == nullptr) return;
  if (killed_) {
    worker_->kill({ErrorCode::kWallLimit, "the worker no longer reacts"});
    return;
  }
  if (answered_) {
    services_.overdue.add();
  } else {
    fail_exchange(
        {ErrorCode::kWallLimit,
         "no response within " + std::to_string(services_.config.limits.wall_ms) + " ms"});
  }
  drop();
}

void ScriptRun::drop() {
  if (worker_ == nullptr || std::exchange(killed_, true)) return;
  subrequests_.close();
  worker_->send(id_, ipc::Cancel{.kill = true});
  set_deadline(services_.drop_deadlines);
}

void ScriptRun::on_done(const ipc::RequestDone& message) {
  if (message.ignored_body) services_.reads_bodies = false;
  if (!answered_) fail_exchange({ErrorCode::kBadResponse, "the script ended without a response"});
  release();
}

void ScriptRun::on_worker_lost(const Error& error, supervise::Blame blame) {
  subrequests_.detach_worker();
  const bool had_effect = answered_ || body_read_ || subrequests_.used();
  const bool passed_limit =
      blame == supervise::Blame::kThisRequest && error.code != ErrorCode::kWorkerDied;
  if (passed_limit || had_effect || observer_ == nullptr) {
    fail_exchange(error);
  } else {
    answered_ = true;
    observer_->on_script_interrupted(error, blame != supervise::Blame::kAnotherRequest);
  }
  release();
}

// The call has ended: whatever still ran for it ends too.
void ScriptRun::release() {
  clear_deadline();
  subrequests_.clear();
  request_feed_.reset();
  break_response({ErrorCode::kScriptError, "the script ended before its response's body"});
  worker_ = nullptr;
  self_.reset();  // may destroy this
}

}  // namespace brink::proxy
