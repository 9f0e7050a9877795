#include "core/proxy/inner_exchange.h"

#include <charconv>
#include <utility>

#include "core/proxy/request_headers.h"
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

std::string_view decimal(std::uint64_t number, Arena& arena) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return arena.copy({digits, static_cast<std::size_t>(end - digits)});
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
      secure_(from.secure) {
  copy_request(head, from);
  if (head.body.kind != BodyLength::Kind::kNone)
    request_body_ = std::make_shared<BodyPipe>(loop, head.body, nullptr);
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
  const bool empty = head_.body.kind == BodyLength::Kind::kKnown && head_.body.bytes == 0;
  return request_body_ == nullptr || empty ? nullptr : &request_body_->reader();
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
  response_body_ =
      std::make_shared<BodyPipe>(loop_, response_.body, [this](BodyPipe::Outcome outcome) {
        response_over_ = outcome;
        schedule();
      });
  const bool empty = response_.body.kind == BodyLength::Kind::kNone ||
                     (response_.body.kind == BodyLength::Kind::kKnown && response_.body.bytes == 0);
  if (empty) response_body_->swallow();
  schedule();
  return response_body_->writer();
}

void InnerExchange::run_turn_task() {
  const auto keep_alive = shared_from_this();
  if (state_ == State::kNew) return serve();
  if (state_ == State::kOver) return;
  if (response_body_ && !std::exchange(response_told_, true)) tell_response();
  if (maker_ == nullptr || response_over_) end_served();
}

void InnerExchange::serve() {
  if (maker_ == nullptr) return;
  if (refusal_) return maker_->on_upstream_error(*refusal_);
  state_ = State::kServed;
  self_ = shared_from_this();
  requests_.on_request(*this);
}

void InnerExchange::tell_response() {
  if (maker_ == nullptr) return;
  const bool has_body = !response_body_->swallows();
  maker_->on_response(response_, has_body ? &response_body_->reader() : nullptr);
}

void InnerExchange::end_served() {
  state_ = State::kOver;
  const auto keep_alive = std::move(self_);
  // Nobody reads what the maker may still be sending.
  if (request_body_ && !request_body_->has_receiver()) request_body_->reader().discard();
  const bool gone = !response_over_ || *response_over_ == BodyPipe::Outcome::kUnread;
  http::ServerExchangeObserver* const server = std::exchange(server_, nullptr);
  if (server == nullptr) return;
  if (gone)
    server->on_client_gone(*this);
  else
    server->on_exchange_end(*this, response_body_->bytes());
}

}  // namespace brink::proxy
