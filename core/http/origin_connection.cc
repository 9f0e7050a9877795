#include "core/http/origin_connection.h"

#include <sys/socket.h>

#include <utility>

#include "core/http/framing.h"
#include "core/http/socket_handle.h"

namespace brink::http {
namespace {

constexpr std::size_t kMaxKeptStashBytes = 4 * 1024;
constexpr std::size_t kMaxDiscardedBytes = 64 * 1024;
// Interim responses to one request; all of them together may be as long as one head.
constexpr unsigned kMaxInterims = 8;

std::string milliseconds(std::uint64_t ms) { return std::to_string(ms) + " ms"; }

}  // namespace

OriginConnection::OriginConnection(UpstreamShared& shared, OriginHost& host)
    : TurnTask(shared.loop),
      shared_(shared),
      host_(host),
      stream_(shared, *this),
      parser_(MessageParser::Kind::kResponse, shared.options.max_head_bytes, *this),
      reader_(*this) {}

OriginConnection::~OriginConnection() {
  if (UpstreamRequestImpl* request = unlink()) request->writer().reset();
}

void OriginConnection::begin(UpstreamRequestImpl& request, std::string_view head_text) {
  request_ = &request;
  phase_ = Phase::kHead;
  framing_ = ResponseFraming::kNone;
  keep_alive_ = answered_ = parse_due_ = false;
  discarded_bytes_ = interim_bytes_ = 0;
  interims_ = 0;
  parser_.start(raw_);
  reader_.reset(ErrorCode::kOriginClosed, "its request is over");
  stream_.append(head_text);
  request.attach(*this, stream_);
  reused_ = state_ == State::kIdle;
  if (reused_) {
    state_ = State::kActive;
  } else {
    state_ = State::kConnecting;
    ConnectorEvents& events = *this;
    connector_.emplace(shared_.loop, shared_.resolver, shared_.options.policy, events)
        .start(host_.authority);
  }
  clear_deadline();
  schedule();
}

void OriginConnection::begin_failed(UpstreamRequestImpl& request, Error error) {
  request_ = &request;
  request.attach(*this, stream_);
  failure_ = std::move(error);
  schedule();
}

void OriginConnection::abandon() {
  request_ = nullptr;
  // In on_response() of a response that is complete: decided once it returns.
  if (in_callback_) return;
  close();
  reader_.reset(ErrorCode::kOriginClosed, "its request was cancelled");
}

void OriginConnection::close() {
  if (state_ == State::kIdle) shared_.forget_idle(*this);
  state_ = State::kClosed;
  connector_.reset();
  stream_.close();
  clear_deadline();
  schedule();
}

bool OriginConnection::looks_alive() const {
  char byte = 0;
  return ::recv(stream_.descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

// ---- Connecting

void OriginConnection::on_connected(SocketPtr socket) {
  state_ = State::kActive;
  stream_.open(std::move(socket));
  clear_deadline();
  schedule();
}

void OriginConnection::on_connect_failed(const Error& error) { fail(error); }

// ---- The response

void OriginConnection::on_stream_bytes(std::string_view bytes) {
  if (state_ == State::kIdle) return close();  // nobody asked
  if (state_ != State::kActive) return;
  answered_ = true;
  if (phase_ == Phase::kBody) set_deadline(shared_.body_deadlines);
  if (stash_.empty()) {
    parse(bytes);
  } else {
    stash_.append(bytes);
  }
  settle();
}

bool OriginConnection::can_parse() const {
  if (state_ != State::kActive) return false;
  return phase_ == Phase::kHead || (phase_ == Phase::kBody && reader_.flowing());
}

// Parses what it may; the rest waits in the stash. `bytes` are the stash's rest, or it is empty.
void OriginConnection::parse(std::string_view bytes) {
  while ((!bytes.empty() || parse_due_) && can_parse()) {
    parse_due_ = false;
    const MessageParser::Step step = parser_.parse(bytes);
    bytes.remove_prefix(step.consumed);
    if (state_ != State::kActive) return;
    switch (step.status) {
      case MessageParser::Status::kNeedMore:
        break;
      case MessageParser::Status::kHead:
        take_head(!bytes.empty());
        break;
      case MessageParser::Status::kMessageEnd:
        // The connection may serve another request when this returns.
        return end_response(!bytes.empty());
      case MessageParser::Status::kPaused:
        parse_due_ = true;
        break;
      case MessageParser::Status::kError:
        return fail(parser_.error());
    }
    if (phase_ == Phase::kDone) return;
  }
  if (state_ != State::kActive) return;
  if (bytes.empty()) {
    stash_.clear();
  } else if (stash_.empty()) {
    stash_.assign(bytes);
    stash_begin_ = 0;
  } else {
    stash_begin_ = stash_.size() - bytes.size();
  }
}

void OriginConnection::parse_stash() {
  if (!can_parse() || (stash_.empty() && !parse_due_)) return;
  parse(std::string_view(stash_).substr(stash_.empty() ? 0 : stash_begin_));
}

bool OriginConnection::on_body_bytes(std::string_view bytes) {
  if (reader_.discarded()) discarded_bytes_ += bytes.size();
  return reader_.deliver(bytes) && state_ == State::kActive;
}

// Nobody wants the body: a short rest is read away, for a long one a new connection is cheaper.
bool OriginConnection::discard_costs_too_much() const {
  if (phase_ != Phase::kBody || !reader_.discarded()) return false;
  return framing_ == ResponseFraming::kUntilClose || discarded_bytes_ > kMaxDiscardedBytes ||
         (framing_ == ResponseFraming::kContentLength &&
          reader_.length().bytes > kMaxDiscardedBytes);
}

void OriginConnection::take_head(bool more_bytes) {
  const Result<ResponseFraming> framing = read_response_head(raw_, request_->to_head(), head_);
  if (!framing) return fail(framing.error());
  if (head_.status < 200) return take_interim();
  framing_ = *framing;
  keep_alive_ = wants_keep_alive(head_.headers, raw_.minor_version) &&
                framing_ != ResponseFraming::kUntilClose;
  if (framing_ != ResponseFraming::kNone) {
    phase_ = Phase::kBody;
    reader_.begin(head_.body);
    return request_->observer().on_response(head_, &reader_);
  }
  phase_ = Phase::kDone;
  in_callback_ = true;
  request_->observer().on_response(head_, nullptr);
  in_callback_ = false;
  end_response(more_bytes);
}

void OriginConnection::take_interim() {
  if (head_.status == 101) {
    return fail(
        {ErrorCode::kOriginBadResponse, "the origin switched protocols without being asked"});
  }
  interim_bytes_ += raw_.bytes.size();
  if (++interims_ > kMaxInterims || interim_bytes_ > shared_.options.max_head_bytes) {
    return fail({ErrorCode::kOriginBadResponse,
                 "the origin sent more than " + std::to_string(kMaxInterims) +
                     " interim responses, or " + std::to_string(shared_.options.max_head_bytes) +
                     " bytes of them"});
  }
  if (head_.status != 100) request_->observer().on_interim(head_.status, head_.headers);
  if (state_ == State::kActive) parser_.start(raw_);
}

// Gives the connection back first: the user may send its next request from within on_body_end().
void OriginConnection::end_response(bool more_bytes) {
  phase_ = Phase::kDone;
  if (reusable() && !more_bytes) {
    if (request_ != nullptr) unlink()->writer().reset();
    release();
    return reader_.end();
  }
  const bool cut_short = request_ != nullptr && !request_->writer().all_written();
  close();
  if (cut_short) {
    // An answer that did not wait for the whole request: the rest of it goes nowhere.
    request_->writer().notify_gone(
        {ErrorCode::kOriginClosed, "the origin answered before the request was complete"});
  }
  if (request_ != nullptr) unlink()->writer().reset();
  reader_.end();
}

bool OriginConnection::reusable() const {
  const bool sent = request_ == nullptr || request_->writer().all_written();
  return keep_alive_ && sent && stream_.queued_bytes() == 0 && !stream_.write_failed();
}

void OriginConnection::release() {
  state_ = State::kIdle;
  stash_.clear();
  if (stash_.capacity() > kMaxKeptStashBytes) stash_.shrink_to_fit();
  stream_.set_reading(true);
  set_deadline(shared_.idle_deadlines);
  shared_.keep(*this);
}

void OriginConnection::on_stream_end(int status) {
  if (state_ == State::kIdle) return close();
  if (state_ != State::kActive) return;
  if (phase_ == Phase::kBody && framing_ == ResponseFraming::kUntilClose && status == UV_EOF) {
    return end_response(false);
  }
  if (!answered_ && repeat()) return;
  fail(closed_error(status));
}

Error OriginConnection::closed_error(int status) const {
  const std::string when = phase_ == Phase::kBody ? "within its response" : "without a response";
  const std::string how = status == UV_EOF ? "" : std::string(": ") + uv_strerror(status);
  return {ErrorCode::kOriginClosed, "the origin closed the connection " + when + how};
}

// ---- Failing

// The kept connection was dead already; the origin never saw the request (RFC 9112 section 9.3.1).
bool OriginConnection::repeat() {
  if (!reused_ || !request_->repeatable()) return false;
  UpstreamRequestImpl* request = unlink();
  close();
  const std::string text = std::move(request->repeat_text);
  shared_.connect(host_.authority).begin(*request, text);
  return true;
}

void OriginConnection::fail(const Error& error) {
  // Closed first: whatever the user still does goes nowhere.
  close();
  if (request_ == nullptr) return;
  if (phase_ == Phase::kBody) {
    reader_.fail(error);
    if (request_ != nullptr) request_->writer().notify_gone(error);
    // The user holds the body; it stays until the user has heard.
    if (!reader_.holds_error()) unlink();
    return;
  }
  request_->writer().notify_gone(error);
  if (request_ != nullptr) unlink()->observer().on_upstream_error(error);
}

UpstreamRequestImpl* OriginConnection::unlink() {
  if (request_ != nullptr) request_->detach();
  return std::exchange(request_, nullptr);
}

// ---- Output and what holds between events

void OriginConnection::on_stream_progress() {
  if (state_ == State::kActive && phase_ == Phase::kHead) clear_deadline();
  schedule();
}

void OriginConnection::run_turn_task() {
  if (failure_) {
    const Error failure = std::move(*failure_);
    failure_.reset();
    fail(failure);
  }
  if (state_ == State::kActive) {
    connector_.reset();
    stream_.flush();
    serve_writer();
  }
  parse_stash();
  if (state_ == State::kActive && discard_costs_too_much()) {
    fail({ErrorCode::kOriginClosed, "the response was discarded"});
  }
  reader_.deliver_kept_error();
  settle();
  if (state_ == State::kClosed && (request_ == nullptr || !reader_.holds_error())) {
    shared_.remove(*this);
  }
}

void OriginConnection::serve_writer() {
  BodyWriter& writer = request_->writer();
  if (writer.broken()) {
    // Our user gave up in the middle of the request; no answer to it means anything.
    return fail({ErrorCode::kOriginClosed, "the request's body broke off"});
  }
  if (stream_.write_failed()) {
    // The origin may have answered and closed before it read everything: read on.
    return writer.notify_gone({ErrorCode::kOriginClosed, "the origin stopped reading the request"});
  }
  writer.notify_room();
}

void OriginConnection::settle() {
  if (state_ == State::kActive) {
    const bool resting = phase_ == Phase::kBody && (!reader_.flowing() || !stash_.empty());
    stream_.set_reading(!resting);
  }
  update_deadline();
}

void OriginConnection::update_deadline() {
  if (state_ == State::kConnecting) return keep_deadline(shared_.connect_deadlines);
  if (state_ != State::kActive) return;
  unsent_seen_ = stream_.unsent_bytes();
  if (phase_ == Phase::kBody) {
    return reader_.flowing() ? keep_deadline(shared_.body_deadlines) : clear_deadline();
  }
  if (unsent_seen_ > 0) return keep_deadline(shared_.body_deadlines);
  // While our own user is slow with the request's body, the origin owes nothing.
  if (request_ == nullptr || !request_->writer().all_written()) return clear_deadline();
  keep_deadline(shared_.response_deadlines);
}

void OriginConnection::keep_deadline(DeadlineList& list) {
  if (!has_deadline_in(list)) set_deadline(list);
}

void OriginConnection::on_deadline() {
  const UpstreamOptions& options = shared_.options;
  if (state_ == State::kConnecting) {
    return fail({ErrorCode::kOriginConnectTimeout,
                 "no connection within " + milliseconds(options.connect_timeout_ms)});
  }
  if (state_ != State::kActive) return close();
  const std::size_t unsent = stream_.unsent_bytes();
  // A slow origin that takes a little is not gone.
  if (phase_ == Phase::kHead && unsent > 0 && unsent != unsent_seen_) return settle();
  const bool in_body = phase_ == Phase::kBody || unsent > 0;
  fail({ErrorCode::kOriginTimeout,
        in_body ? "no byte of a body moved for " + milliseconds(options.body_timeout_ms)
                : "no response within " + milliseconds(options.response_timeout_ms)});
}

}  // namespace brink::http
