#include "core/proxy/inner_exchange.h"

#include <utility>

#include "core/base/decimal.h"
#include "core/url/target.h"

namespace brink::proxy {
namespace {

using http::BodyLength;
using http::BodyPipe;
using http::equals_ignore_case;

bool may_have_body(std::string_view method, std::uint16_t status) {
  return method != "HEAD" && status != 204 && status != 304;
}

std::string_view via_of(unsigned hops, Arena& arena) {
  constexpr std::string_view kHop = "1.1 brink";
  const std::vector<std::string_view> others(hops, kHop);
  return arena.join(kHop, ", ", others);
}

bool is_empty(BodyLength length) {
  return length.kind == BodyLength::Kind::kNone ||
         (length.kind == BodyLength::Kind::kKnown && length.bytes == 0);
}

}  // namespace

InnerExchange::InnerExchange(EventLoop& loop, http::RequestHandler& requests,
                             const http::RequestToSend& head, const From& from,
                             http::UpstreamObserver& observer)
    : TurnTask(loop),
      loop_(loop),
      requests_(requests),
      maker_(&observer),
      client_ip_(from.client_ip),
      secure_(from.secure),
      own_requests_(from.own_requests) {
  copy_request(head, from);
  if (own_requests_->left == 0) {
    refusal_ = Error{ErrorCode::kSubrequestLimit,
                     std::string(error_info(ErrorCode::kSubrequestLimit).title)};
  } else {
    --own_requests_->left;
  }
}

void InnerExchange::begin() {
  if (head_.body.kind != BodyLength::Kind::kNone)
    request_body_ = make_pipe(head_.body, ErrorCode::kClientGone);
  schedule();
}

std::shared_ptr<BodyPipe> InnerExchange::make_pipe(BodyLength length, ErrorCode broken) {
  return std::make_shared<BodyPipe>(loop_, length, broken, [weak = weak_from_this()] {
    if (const auto exchange = weak.lock()) exchange->look();
  });
}

void InnerExchange::copy_request(const http::RequestToSend& head, const From& from) {
  head_.method = arena_.copy(head.method);
  head_.raw_target = arena_.copy(head.target);
  const url::Target target =
      url::normalize(head_.raw_target, url::EscapedSlashes::kKeep, normal_target_);
  if (target.form == url::Target::Form::kRefused)
    refusal_ = Error{ErrorCode::kFetchBadUrl, std::string(target.text)};
  head_.target = target.text;
  head_.moved = target.form == url::Target::Form::kRedirect;
  head_.body = head.body;
  for (const HeaderField& field : head.headers) {
    if (equals_ignore_case(field.name, "via") || equals_ignore_case(field.name, "host")) continue;
    head_.headers.push_back({arena_.copy(field.name), arena_.copy(field.value)});
  }
  head_.host = arena_.copy(from.host);
  head_.headers.push_back({"host", head_.host});
  head_.headers.push_back({"via", via_of(from.hops, arena_)});
}

http::IncomingBody* InnerExchange::request_body() {
  return is_empty(head_.body) ? nullptr : &request_body_->reader();
}

void InnerExchange::abandon() {
  maker_ = nullptr;
  if (state_ == State::kServed) schedule();
}

http::OutgoingBody& InnerExchange::respond(const http::ResponseToSend& head) {
  response_.status = head.status;
  response_.reason = arena_.copy(head.reason);
  for (const HeaderField& field : head.headers)
    response_.headers.push_back({arena_.copy(field.name), arena_.copy(field.value)});
  if (head.body.kind == BodyLength::Kind::kKnown)
    response_.headers.push_back({"content-length", decimal(head.body.bytes, arena_)});
  if (may_have_body(head_.method, head.status)) response_.body = head.body;
  response_body_ = make_pipe(response_.body, ErrorCode::kOriginClosed);
  if (is_empty(response_.body)) response_body_->swallow();
  schedule();
  return response_body_->writer();
}

void InnerExchange::run_turn_task() {
  const auto keep_alive = shared_from_this();
  if (state_ == State::kNew) return serve();
  look();
}

void InnerExchange::look() {
  if (state_ != State::kServed) return;
  if (response_body_ && !std::exchange(response_told_, true)) tell_response();
  if (over()) end_served();
}

void InnerExchange::serve() {
  if (maker_ == nullptr) return;
  if (refusal_) {
    state_ = State::kOver;
    if (request_body_) request_body_->give_up(*refusal_);
    if (maker_ != nullptr) maker_->on_upstream_error(*refusal_);
    return;
  }
  state_ = State::kServed;
  self_ = shared_from_this();
  requests_.on_request(*this);
}

void InnerExchange::tell_response() {
  if (maker_ == nullptr) return;
  const bool has_body = !response_body_->swallows();
  maker_->on_response(response_, has_body ? &response_body_->reader() : nullptr);
}

// As of a client's connection: when who made the request has left, or its body broke off, or the
// response is through and nobody reads the request's body any more.
bool InnerExchange::over() const {
  if (maker_ == nullptr) return true;
  if (request_body_ && request_body_->state() == BodyPipe::State::kBroken) return true;
  const bool read = request_body_ && request_body_->has_receiver() && !request_body_->over();
  return response_body_ && response_body_->over() && !read;
}

void InnerExchange::end_served() {
  state_ = State::kOver;
  const auto keep_alive = std::move(self_);
  const bool answered = response_body_ && response_body_->state() != BodyPipe::State::kOpen;
  if (request_body_)
    request_body_->give_up({ErrorCode::kClientGone, "who made the request has left"});
  if (maker_ != nullptr && !response_told_)
    maker_->on_upstream_error({ErrorCode::kOriginClosed, "the request's body broke off"});
  http::ServerExchangeObserver* const server = std::exchange(server_, nullptr);
  if (server == nullptr) return;
  if (answered)
    server->on_exchange_end(*this, response_body_->bytes());
  else
    server->on_client_gone(*this);
}

}  // namespace brink::proxy
