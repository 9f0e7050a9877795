#include "core/http/server_connection.h"

#include <utility>

#include "core/http/error_page.h"
#include "core/http/request_head.h"

namespace brink::http {
namespace {

// What is read ahead while nobody wants it, so that a client that leaves is noticed.
constexpr std::size_t kMaxStashBytes = 16 * 1024;
// A request body that nobody wants is read away up to here; past it a new connection is cheaper.
constexpr std::size_t kMaxDrainedBytes = 64 * 1024;
constexpr std::size_t kMaxLingerBytes = 1024 * 1024;

Error gone_error(std::string message) { return {ErrorCode::kClientGone, std::move(message)}; }

}  // namespace

ServerConnection::ServerConnection(ServerShared& shared, SocketPtr socket, std::string client_ip)
    : TurnTask(shared.loop),
      shared_(shared),
      stream_(shared, *this),
      parser_(MessageParser::Kind::kRequest, shared.options.max_head_bytes, *this),
      exchange_(*this),
      client_ip_(std::move(client_ip)) {
  stream_.open(std::move(socket));
  shared_.counts.add(client_ip_);
  settle();
}

ServerConnection::~ServerConnection() {
  if (state_ != State::kClosed) shared_.counts.remove(client_ip_);
  if (scratch_ != nullptr) shared_.give_back(std::move(scratch_));
}

void ServerConnection::drain() { update_deadline(); }

void ServerConnection::abandon() {
  if (state_ == State::kExchange) client_gone(gone_error("brink is stopping"));
}

// ---- Input

void ServerConnection::on_stream_bytes(std::string_view bytes) {
  if (state_ == State::kClosed) return;
  if (state_ == State::kLingering) {
    dropped_bytes_ += bytes.size();
    if (dropped_bytes_ > kMaxLingerBytes) close();
    return;
  }
  if (state_ == State::kExchange && reading_body()) {
    set_deadline(shared_.body_deadlines);
    body_bytes_ += bytes.size();
    if (body_too_slow()) return body_stalled("the request's body came too slowly");
  }
  const bool in_order = stash_empty();
  const std::size_t taken = in_order && can_parse() ? parse(bytes) : 0;
  stash(bytes.substr(taken));
  settle();
}

// Whether the next bytes have somebody who takes them.
bool ServerConnection::can_parse() {
  switch (state_) {
    case State::kIdle:
    case State::kHead:
    case State::kDraining:
      return true;
    case State::kExchange:
      return reading_body();
    default:
      return false;
  }
}

bool ServerConnection::reading_body() {
  return exchange_.reader().open() && exchange_.reader().flowing();
}

std::size_t ServerConnection::parse(std::string_view bytes) {
  const std::size_t size = bytes.size();
  while ((!bytes.empty() || parse_due_) && can_parse()) {
    if (state_ == State::kIdle) begin_head();
    parse_due_ = false;
    const MessageParser::Step step = parser_.parse(bytes);
    bytes.remove_prefix(step.consumed);
    parsing_ = bytes;
    take_step(step);
  }
  parsing_ = {};
  return size - bytes.size();
}

std::string_view ServerConnection::unparsed() const {
  if (parsing_.data() != nullptr) return parsing_;
  return scratch_ == nullptr ? std::string_view() : scratch_->stashed();
}

void ServerConnection::take_step(MessageParser::Step step) {
  switch (step.status) {
    case MessageParser::Status::kNeedMore:
      return;
    case MessageParser::Status::kHead:
      return begin_exchange();
    case MessageParser::Status::kMessageEnd:
      request_complete_ = true;
      if (state_ == State::kDraining) return next_request();
      exchange_.reader().end();
      return schedule();  // the response may have waited for this
    case MessageParser::Status::kPaused:
      parse_due_ = true;
      if (state_ == State::kDraining) linger();
      return;
    case MessageParser::Status::kError:
      return message_error(parser_.error());
  }
}

void ServerConnection::stash(std::string_view bytes) {
  const bool wanted = state_ != State::kClosed && state_ != State::kLingering;
  if (bytes.empty() || !wanted) return;
  if (scratch_ == nullptr) scratch_ = shared_.take_scratch();
  // Of a client that always has one more request waiting the stash is never empty.
  if (scratch_->stash_begin >= kMaxStashBytes) {
    scratch_->stash.erase(0, scratch_->stash_begin);
    scratch_->stash_begin = 0;
  }
  scratch_->stash.append(bytes);
}

void ServerConnection::parse_stash() {
  if (scratch_ == nullptr || (stash_empty() && !parse_due_) || !can_parse()) return;
  const std::size_t taken = parse(scratch_->stashed());
  // The scratch goes when a message without a successor ends.
  if (scratch_ == nullptr) return;
  scratch_->stash_begin += taken;
  if (!stash_empty()) return;
  scratch_->stash.clear();
  scratch_->stash_begin = 0;
  if (input_ended_) schedule();
}

void ServerConnection::begin_head() {
  if (scratch_ == nullptr) scratch_ = shared_.take_scratch();
  parser_.start(scratch_->raw);
  state_ = State::kHead;
}

void ServerConnection::begin_exchange() {
  const Result<void> read = read_request_head(scratch_->raw, shared_.options.escaped_slashes,
                                              scratch_->head_storage, scratch_->head);
  if (!read) return answer_bad_request(read.error());
  state_ = State::kExchange;
  had_request_ = true;
  body_bytes_ = reading_ms_ = reading_since_ms_ = 0;
  exchange_.begin(scratch_->head);
  request_complete_ = exchange_.request_body() == nullptr;
  shared_.handler.on_request(exchange_);
}

void ServerConnection::message_error(const Error& error) {
  if (state_ == State::kHead) return answer_bad_request(error);
  request_broken_ = true;
  if (state_ == State::kDraining) return linger();
  exchange_.reader().fail(error);
}

bool ServerConnection::on_body_bytes(std::string_view bytes) {
  if (state_ == State::kExchange) return exchange_.reader().deliver(bytes);
  dropped_bytes_ += bytes.size();
  return dropped_bytes_ <= kMaxDrainedBytes;
}

void ServerConnection::answer_bad_request(const Error& error) {
  const std::string id = shared_.handler.on_bad_request(client_ip_, error);
  const ErrorPage page = make_error_page({error, id, shared_.options.error_detail}, {});
  const HeaderField headers[] = {{"Content-Type", page.content_type},
                                 {"Cache-Control", "no-store"},
                                 {"x-brink-error", error_info(error.code).name},
                                 {"x-request-id", id}};
  const ResponseToSend head{.status = static_cast<std::uint16_t>(error_info(error.code).status),
                            .headers = headers,
                            .body = BodyLength::known(page.body.size())};
  ResponsePlan plan = plan_response(head.status, head.body, false, 1, false);
  std::string& text = shared_.head_text;
  text.clear();
  append_response_head(head, plan, 1, shared_.date, text);
  text.append(page.body);
  stream_.append(text);
  linger();
}

void ServerConnection::on_stream_end(int status) {
  input_ended_ = true;
  if (state_ != State::kExchange) return close();
  // A client may shut its side once it has asked (RFC 9112 section 9.6 leaves that open).
  if (status == UV_EOF && (exchange_.response_complete() || request_complete_)) return schedule();
  client_gone(gone_error(status == UV_EOF
                             ? "the client closed the connection"
                             : std::string("the connection failed: ") + uv_strerror(status)));
}

// ---- Output

void ServerConnection::on_stream_progress() {
  if (state_ == State::kExchange) {
    set_deadline(shared_.body_deadlines);
    unacknowledged_seen_ = stream_.unacknowledged_bytes();
  }
  schedule();
}

void ServerConnection::run_turn_task() {
  stream_.flush();
  if (state_ == State::kExchange) serve_exchange();
  parse_stash();
  settle();
  if (state_ == State::kClosed) shared_.remove(*this);
}

void ServerConnection::serve_exchange() {
  if (stream_.write_failed()) {
    return client_gone(
        gone_error(std::string("writing failed: ") + uv_strerror(stream_.write_error())));
  }
  if (exchange_.response_broken()) {
    // The end of the connection would pass for the end of such a body.
    if (exchange_.writer().mode() == BodyWriter::Mode::kUntilClose) stream_.reset_on_close();
    close();
    exchange_.reader().fail(gone_error("the connection was closed: its response broke off"));
    exchange_.tell_ended();
    return exchange_.reset();
  }
  // Only once the response is out: see on_stream_end().
  if (input_ended_ && stash_empty())
    exchange_.reader().fail(gone_error("the client closed the connection within its request"));
  if (exchange_.complete()) {
    if (stream_.queued_bytes() == 0) end_exchange();
    return;
  }
  exchange_.writer().notify_room();
  exchange_.reader().deliver_kept_error();
}

void ServerConnection::end_exchange() {
  const bool keep_alive = exchange_.keep_alive() && input_usable();
  exchange_.tell_ended();
  exchange_.reset();
  if (keep_alive && request_complete_) return next_request();
  if (keep_alive) {
    dropped_bytes_ = 0;
    state_ = State::kDraining;
    // What stands before the parser belongs to the body still.
    return schedule();
  }
  const bool all_read = request_complete_ && stash_empty();
  if (all_read || input_ended_) return close();
  linger();
}

void ServerConnection::next_request() {
  state_ = State::kIdle;
  request_complete_ = request_broken_ = parse_due_ = false;
  // Pipelined requests wait in the stash, or in the bytes being parsed.
  schedule();
}

void ServerConnection::client_gone(const Error& error) {
  // Closed first: whatever the handler still does goes nowhere.
  close();
  exchange_.tell_gone(error);
  exchange_.reset();
}

void ServerConnection::linger() {
  state_ = State::kLingering;
  dropped_bytes_ = 0;
  if (scratch_ != nullptr) shared_.give_back(std::move(scratch_));
  schedule();
}

void ServerConnection::close() {
  if (state_ != State::kClosed) shared_.counts.remove(client_ip_);
  state_ = State::kClosed;
  stream_.close();
  clear_deadline();
  schedule();
}

// ---- What holds between events

void ServerConnection::settle() {
  if (state_ == State::kClosed) return;
  if (state_ == State::kIdle && scratch_ != nullptr && stash_empty()) {
    shared_.give_back(std::move(scratch_));
  }
  if (state_ == State::kLingering && !shut_down_ && stream_.queued_bytes() == 0) {
    shut_down_ = true;
    stream_.shut_down_writing();
  }
  update_reading();
  update_deadline();
}

void ServerConnection::update_reading() {
  if (input_ended_) return;
  if (state_ != State::kExchange || (reading_body() && stash_empty())) {
    return stream_.set_reading(true);
  }
  const std::size_t held = stash_empty() ? 0 : scratch_->stashed().size();
  stream_.set_reading(held < kMaxStashBytes, kMaxStashBytes);
}

void ServerConnection::update_deadline() {
  switch (state_) {
    case State::kIdle:
      return keep_deadline(shared_.draining ? drain_deadlines() : shared_.idle_deadlines);
    case State::kHead:
      return keep_deadline(shared_.head_deadlines);
    case State::kDraining:
    case State::kLingering:
      return keep_deadline(shared_.linger_deadlines);
    case State::kExchange:
      keep_body_time();
      unsent_seen_ = stream_.unsent_bytes();
      if (unsent_seen_ > 0 && !has_deadline_in(shared_.body_deadlines))
        unacknowledged_seen_ = stream_.unacknowledged_bytes();
      if (unsent_seen_ > 0 || reading_body()) return keep_deadline(shared_.body_deadlines);
      if (half_closed()) return watch_half_closed();
      return clear_deadline();
    case State::kClosed:
      return;
  }
}

// A client that was told nothing else may have sent a request already.
DeadlineList& ServerConnection::drain_deadlines() {
  const bool waited = had_request_ || waited_;
  return waited ? shared_.last_request_deadlines : shared_.first_request_deadlines;
}

// Whether it is still there shows only when it gets bytes, and is then found by the writing.
void ServerConnection::watch_half_closed() {
  if (has_deadline_in(shared_.half_closed_deadlines)) return;
  sent_seen_ = exchange_.writer().bytes_sent();
  set_deadline(shared_.half_closed_deadlines);
}

void ServerConnection::keep_deadline(DeadlineList& list) {
  if (!has_deadline_in(list)) set_deadline(list);
}

void ServerConnection::on_deadline() {
  switch (state_) {
    case State::kHead:
      answer_bad_request({ErrorCode::kRequestTimeout,
                          "the request's head did not arrive within " +
                              std::to_string(shared_.options.head_timeout_ms) + " ms"});
      break;
    case State::kExchange:
      exchange_stalled();
      break;
    case State::kIdle:
      // A loop that was late looks at what has arrived before the second time.
      if (!shared_.draining || std::exchange(waited_, true)) close();
      break;
    default:
      close();
      break;
  }
  settle();
}

void ServerConnection::exchange_stalled() {
  const std::size_t unsent = stream_.unsent_bytes();
  // A slow client that takes a little is not gone.
  if (unsent > 0 &&
      (unsent != unsent_seen_ || stream_.unacknowledged_bytes() != unacknowledged_seen_)) {
    return;
  }
  const std::string limit = std::to_string(shared_.options.body_timeout_ms) + " ms";
  if (unsent > 0) return client_gone(gone_error("the client took no bytes for " + limit));
  if (half_closed()) {
    if (exchange_.writer().bytes_sent() != sent_seen_) return;
    return client_gone(gone_error("the client closed the connection"));
  }
  body_stalled("the request's body stopped for " + limit);
}

void ServerConnection::body_stalled(std::string message) {
  request_broken_ = true;
  exchange_.reader().fail({ErrorCode::kRequestTimeout, std::move(message)});
  schedule();
}

// ---- The pace of a request's body

// Time counts while somebody reads: what the handler makes the client wait is not the client's.
void ServerConnection::keep_body_time() {
  if (reading_body() == (reading_since_ms_ != 0)) return;
  if (reading_since_ms_ == 0) {
    reading_since_ms_ = shared_.loop.now_ms();
  } else {
    reading_ms_ += shared_.loop.now_ms() - std::exchange(reading_since_ms_, 0);
  }
}

bool ServerConnection::body_too_slow() const {
  const ServerOptions& options = shared_.options;
  if (options.min_body_bytes_per_second == 0 || reading_since_ms_ == 0) return false;
  const std::uint64_t ms = reading_ms_ + (shared_.loop.now_ms() - reading_since_ms_);
  return ms > options.body_timeout_ms + body_bytes_ * 1000 / options.min_body_bytes_per_second;
}

}  // namespace brink::http
