#include "core/proxy/exchange.h"

#include <uv.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/wall_clock.h"
#include "core/proxy/failure_response.h"
#include "core/proxy/intermediary.h"
#include "core/proxy/middleware_headers.h"
#include "core/proxy/request_id.h"
#include "core/url/host.h"
#include "core/url/target.h"

namespace brink::proxy {
namespace {

// As much as nginx keeps in memory by default (client_body_buffer_size).
constexpr std::uint64_t kSmallBody_bytes = 16 * 1024;

// A small one that is still on its way: no connection to an origin has to wait for its client.
bool worth_waiting_for(const http::IncomingBody* body, std::uint64_t most_bytes) {
  if (body == nullptr || body->whole()) return false;
  const http::BodyLength length = body->length();
  return length.kind == http::BodyLength::Kind::kKnown && length.bytes <= most_bytes;
}

}  // namespace

void Exchange::start(App& app, http::ServerExchange& client) {
  auto* exchange = new Exchange(app, client);  // ends in finish()
  if (client.request().moved)
    exchange->redirect_to(client.request().target);
  else if (app.has_middleware && !app.loading.loaded())
    exchange->wait_for_code(&Exchange::begin);
  else
    exchange->begin();
}

void Exchange::refuse(App& app, http::ServerExchange& client, const Error& error) {
  (new Exchange(app, client))->fail(error);  // ends in finish()
}

void Exchange::begin() {
  if (is_loop(view_)) {
    return fail({ErrorCode::kLoop, "an origin, a rewrite or a fetch() leads back to brink itself"});
  }
  const std::string_view path = view_.path();
  if (app_.middleware_selects(path == "*" ? "/*" : path))  // as in request.url
    run_middleware();
  else
    route();
}

// Of an app that is cold: which paths its middleware runs for is known only then.
void Exchange::wait_for_code(void (Exchange::*then)()) {
  const auto ticket =
      app_.loading.wait([this, then](const Result<supervise::AppDescription>& loaded) {
        loading_ticket_ = 0;
        if (loaded) return (this->*then)();
        fail({ErrorCode::kScriptStartFailed, loaded.error().message});
      });
  if (!ticket) return fail(ticket.error());
  loading_ticket_ = *ticket;
}

Exchange::Exchange(App& app, http::ServerExchange& client)
    : app_(app), client_(client), started_ns_(uv_hrtime()), started_at_us_(wall_clock_us()) {
  client.set_observer(this);
  view_client_request(client, {app.config.trust_forwarded, app.config.underscores_in_headers},
                      arena_, view_);
  id_ = settle_request_id(app.config.trust_forwarded, app.front.new_request_id(arena_),
                          view_.headers, arena_);
}

Exchange::~Exchange() = default;

// nullptr: there is none; or the middleware read more of it than is kept.
http::SharedBody Exchange::request_body() {
  return tee_ ? tee_->add_reader() : http::borrow(client_.request_body());
}

void Exchange::run_middleware() {
  stage_ = Stage::kMiddleware;
  run_script(0);
}

void Exchange::route() {
  auto match = app_.routes.match(view_.path());
  if (!match) return fail(match.error());
  if (*match && (*match)->trailing_slash) return redirect_without_slash();
  if (*match) return run_handler(**match);
  forward_to_origin();
}

void Exchange::forward_to_origin() {
  const OriginConfig& origin = app_.config.origin;
  if (!origin.configured()) {
    return fail({app_.not_found, std::string(error_info(app_.not_found).title)});
  }
  if (client_.request().host.empty()) set_host(origin.authority, view_);
  forward(app_.upstreams.origin(), {origin.host, origin.port});
}

// Next.js: trailingSlash, off by default.
void Exchange::redirect_without_slash() {
  std::string location(view_.path());
  location.pop_back();
  location += view_.target.substr(view_.path().size());
  redirect_to(location);
}

void Exchange::redirect_to(std::string_view location) {
  // Refresh: for browsers that do not know a 308, as Next.js sends it.
  const std::string_view refresh = arena_.concat("0;url=", location);
  const HeaderField headers[] = {
      {"location", location}, {"refresh", refresh}, {kRequestIdHeader, id_}};
  respond({308, {}, headers, http::BodyLength::known(0)}).end();
}

void Exchange::run_handler(const RouteMatch& match) {
  stage_ = Stage::kHandler;
  params_.clear();
  for (const RouteParam& param : match.params) {
    params_.push_back({arena_.copy(param.name), arena_.copy(param.value)});
  }
  run_script(app_.handler_entry(match.entry));
}

void Exchange::run_script(std::size_t entry) {
  entry_ = entry;
  // From the beginning: the files may be others by then, and so the routes.
  if (!app_.loading.loaded()) return wait_for_code(&Exchange::begin);
  run_entry();
}

void Exchange::run_entry() {
  supervise::WorkerPool& workers = app_.workers();
  if (supervise::Worker* worker = workers.pick()) return start_script(*worker);
  waiting_ticket_ = workers.wait([this](Result<supervise::Worker*> worker) {
    waiting_ticket_ = 0;
    if (worker) return start_script(**worker);
    fail(worker.error());
  });
}

void Exchange::start_script(supervise::Worker& worker) {
  ipc::Request request;
  request.entry = static_cast<std::uint16_t>(entry_);
  request.method = view_.method;
  request.url = stage_ == Stage::kMiddleware ? view_.page_url(arena_) : view_.url(arena_);
  request.client_ip = client_.client_ip();
  request.params = params_;
  request.headers = view_.headers;
  bool& reads_bodies = app_.reads_bodies[entry_];
  if (const http::IncomingBody* body = client_.request_body()) {
    request.body_kind = ipc::Request::Body::kToPull;
    // Only then: bytes that no script looks at don't enter a worker.
    const auto whole = reads_bodies ? body->whole() : std::nullopt;
    const std::uint64_t limit_bytes =
        std::min<std::uint64_t>(app_.config.limits.request_body_bytes, ipc::kMaxWholeBody_bytes);
    if (whole && whole->size() <= limit_bytes) {
      request.body_kind = ipc::Request::Body::kWhole;
      request.body = *whole;
    }
  }
  ScriptRunObserver& observer = *this;
  run_ = std::make_shared<ScriptRun>(
      ScriptRun::Services{app_.config, app_.upstreams, app_.log, app_.failures, app_.front.loop,
                          app_.wall_deadlines, app_.drop_deadlines, app_.silence_deadlines,
                          app_.overdue, reads_bodies, &app_.front.sites},
      worker, observer, id_);
  if (const auto started = run_->start(request); !started) {
    leave_script(false);
    fail(started.error());
  }
}

http::SharedBody Exchange::body_for_script() {
  if (stage_ == Stage::kMiddleware && !tee_ && client_.request_body() != nullptr) {
    tee_ =
        std::make_shared<BodyTee>(*client_.request_body(), app_.config.limits.request_body_bytes);
  }
  http::SharedBody body = request_body();
  const bool last = stage_ == Stage::kHandler || out_ != nullptr;
  if (tee_ && last) tee_->close();
  return body;
}

SiteVisit Exchange::visit() const { return {view_, client_.client_ip(), client_.own_requests()}; }

void Exchange::leave_script(bool client_gone) {
  if (run_) std::exchange(run_, nullptr)->detach(client_gone);
}

// Another try on another worker, for requests that may be repeated (RFC 9110 section 9.2.1). One
// that may have ended its worker gets a single one. Others get as many as there is time for: the
// next worker may get the request that ended this one, or one like it, as well.
void Exchange::on_script_interrupted(const Error& error, bool suspect) {
  leave_script(false);
  const bool safe = view_.method == "GET" || view_.method == "HEAD" || view_.method == "OPTIONS";
  const bool in_time = uv_hrtime() - started_ns_ < app_.config.limits.wall_ms * 1'000'000ULL;
  const bool again = suspect ? !std::exchange(suspected_, true) : in_time;
  if (!safe || !again) return fail(error);
  run_script(entry_);
}

http::OutgoingBody& Exchange::respond(const http::ResponseToSend& head) {
  status_ = head.status;
  if (tee_) tee_->close();
  out_ = &client_.respond(head);
  return *out_;
}

void Exchange::on_script_failed(const Error& error, std::string_view stack, std::uint32_t cpu_us) {
  if (cpu_us != 0) add_cpu(cpu_us);
  run_->stop_reading_request();
  leave_script(false);
  fail(error, "script failed", stack);
}

void Exchange::on_script_body_failed(const Error& error) { note_broken_body(error); }

void Exchange::note_broken_body(const Error& error) {
  error_ = error.code;
  app_.failures.write(app_.front.loop.now_ms(), "response broken off", label(), error);
}

RequestLabel Exchange::label() const {
  return {id_, view_.method, client_.request().host, client_.request().target};
}

// NextResponse.next() and NextResponse.rewrite().
void Exchange::on_script_next(const ipc::Next& message) {
  add_cpu(message.cpu_us);
  if (stage_ != Stage::kMiddleware) {
    leave_script(false);
    return fail({ErrorCode::kBadResponse, "a handler must return a Response of its own"});
  }
  for (const HeaderField& field : message.response_headers) {
    if (http::is_hop_by_hop(field.name)) continue;
    middleware_headers_.push_back({arena_.copy(field.name), arena_.copy(field.value)});
  }
  next_status_ = message.status;
  if (message.override_request_headers)
    override_headers(message.request_headers, arena_, view_.headers);
  add_to_request(middleware_headers_, arena_, view_.headers);
  Result<WebUrl> target = WebUrl{};
  const bool rewrites = !message.rewrite_url.empty();
  if (rewrites) target = WebUrl::parse(message.rewrite_url);
  leave_script(false);
  if (tee_ && !tee_->has_start()) {
    return fail(
        {ErrorCode::kBodyTooLarge, "the middleware passed on more of the request's body than the " +
                                       std::to_string(app_.config.limits.request_body_bytes) +
                                       " bytes that are kept for what follows it"});
  }
  if (!rewrites) return route();
  if (!target) return fail(target.error());
  rewrite(*target);
}

void Exchange::rewrite(const WebUrl& to) {
  if (url::same_authority(to.host, view_.host)) {
    // On this site there is one reading of a path, whoever wrote it.
    std::string storage;
    const url::Target target = url::normalize(to.target, url::EscapedSlashes::kKeep, storage);
    if (target.form == url::Target::Form::kRefused)
      return fail({ErrorCode::kBadRequest, "rewrite: " + std::string(target.text)});
    view_.target = arena_.copy(target.text);
    return route();
  }
  if (to.tls) return fail({ErrorCode::kFetchTls, "a rewrite to an https URL is not supported yet"});
  view_.target = arena_.copy(to.target);
  set_host(arena_.copy(to.host), view_);
  forward(app_.upstreams.for_target(to.authority), to.authority);
}

void Exchange::forward(http::UpstreamPool& upstreams, const http::Authority& authority) {
  stage_ = Stage::kOrigin;
  switch (prepare_onward(view_, client_.request().minor_version, arena_)) {
    case Onward::kForward:
      break;
    case Onward::kAnswerHere:
      return answer_here();
  }
  // A tee that was made for the middleware keeps no more than a script may read.
  const std::uint64_t most =
      std::min<std::uint64_t>(kSmallBody_bytes, app_.config.limits.request_body_bytes);
  if (!worth_waiting_for(client_.request_body(), most)) return send_onward(upstreams, authority);
  if (!tee_) tee_ = std::make_shared<BodyTee>(*client_.request_body(), kSmallBody_bytes);
  arrival_ = std::make_unique<BodyArrival>(tee_->add_reader(),
                                           [this, &upstreams, authority](const Error* error) {
                                             if (error == nullptr)
                                               return send_onward(upstreams, authority);
                                             if (error->code != ErrorCode::kClientGone)
                                               fail(*error);
                                           });
  arrival_->start();
}

void Exchange::send_onward(http::UpstreamPool& upstreams, const http::Authority& authority) {
  sent_target_ = view_.target;
  http::SharedBody body = request_body();
  const http::BodyLength length = body ? body->length() : client_.request().body;
  upstream_ =
      upstreams.start(authority, {view_.method, view_.target, view_.headers, length}, *this);
  if (body == nullptr) return;
  request_join_ = http::join(
      std::move(body), upstream_->body(), [this](http::JoinOutcome outcome, const Error* error) {
        // A sink that is gone speaks for itself through on_upstream_error(), a client that is gone
        // through on_client_gone(); but one that breaks its body has to be answered.
        if (outcome == http::JoinOutcome::kSourceError && error->code != ErrorCode::kClientGone)
          fail(*error);
      });
  if (tee_) tee_->close();
  request_join_->start();
}

void Exchange::answer_here() {
  const OwnAnswer answer = own_answer(client_.request());
  const std::vector<HeaderField> headers = response_headers({&answer.header, 1}, source_);
  http::OutgoingBody& out =
      respond({answer.status, {}, headers, http::BodyLength::known(answer.body.size())});
  if (!answer.body.empty()) out.write(answer.body);
  out.end();
}

void Exchange::on_interim(std::uint16_t status, HeaderSpan headers) {
  client_.send_interim(status, headers);
}

void Exchange::on_upstream_error(const Error& error) { fail(error); }

// NextResponse.next({ status }): what follows has it, unless it has one of its own.
std::uint16_t Exchange::response_status(std::uint16_t from_response) const {
  return from_response == 200 ? next_status_ : from_response;
}

std::vector<HeaderField> Exchange::response_headers(HeaderSpan from_response,
                                                    ResponseSource source) {
  std::vector<HeaderField> headers;
  http::append_end_to_end(from_response, headers);
  // An origin's own id is its own business; what a script names the request, the client sees.
  if (source == ResponseSource::kOrigin) drop_request_id(headers);
  if (!middleware_headers_.empty()) {
    const std::vector<HeaderField> kept = std::exchange(headers, {});
    merge_response_headers(middleware_headers_, kept, arena_, headers);
  }
  id_ = settle_request_id(true, id_, headers, arena_);
  return headers;
}

void Exchange::on_response(const http::ResponseHead& head, http::IncomingBody* body) {
  source_ = ResponseSource::kOrigin;
  const std::vector<HeaderField> headers = response_headers(head.headers, source_);
  const std::uint16_t status = response_status(head.status);
  const std::string_view reason = status == head.status ? head.reason : std::string_view();
  http::OutgoingBody& out = respond({status, reason, headers, head.body});
  if (body)
    send_body(http::borrow(body), out);
  else
    out.end();
}

void Exchange::send_body(http::SharedBody body, http::OutgoingBody& out) {
  response_join_ =
      http::join(std::move(body), out, [this](http::JoinOutcome outcome, const Error* error) {
        if (outcome == http::JoinOutcome::kSourceError && error) note_broken_body(*error);
      });
  response_join_->start();
}

void Exchange::on_script_response(const ipc::Respond& message) {
  source_ = ResponseSource::kScript;
  add_cpu(message.cpu_us);
  for (const HeaderField& field : message.headers) {
    if (http::valid_field_name(field.name) && http::valid_field_value(field.value)) continue;
    leave_script(false);
    return fail({ErrorCode::kBadResponse, "a response header has bytes that HTTP forbids"});
  }
  const std::vector<HeaderField> headers = response_headers(message.headers, source_);
  http::ResponseToSend head{response_status(message.status), message.status_text, headers, {}};
  if (!http::valid_field_value(head.reason) || head.status != message.status) head.reason = {};
  respond_with_script_body(message, head);
}

// Of a body that is in the message. The answer to HEAD has none: its script says how long one would
// be (RFC 9110 section 8.6), or nobody knows.
http::BodyLength Exchange::length_of_whole(const ipc::Respond& message) const {
  if (message.status == 204 || message.status == 304) return http::BodyLength::none();
  if (view_.method != "HEAD") return http::BodyLength::known(message.body.bytes.size());
  std::uint64_t bytes = 0;
  const std::string_view text = find_header(message.headers, "content-length");
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  const bool known = !text.empty() && error == std::errc() && rest == text.data() + text.size();
  return known ? http::BodyLength::known(bytes) : http::BodyLength::none();
}

void Exchange::respond_with_script_body(const ipc::Respond& message,
                                        const http::ResponseToSend& head) {
  http::ResponseToSend sent = head;
  switch (message.body.kind) {
    case ipc::BodyKind::kPassThrough:
      return pass_through(message, sent);
    case ipc::BodyKind::kStream: {
      const std::int64_t length = message.body.content_length;
      sent.body = length < 0 ? http::BodyLength::unknown()
                             : http::BodyLength::known(static_cast<std::uint64_t>(length));
      run_->stream_response_to(respond(sent));
      return;
    }
    default: {
      sent.body = length_of_whole(message);
      http::OutgoingBody& out = respond(sent);
      if (!message.body.bytes.empty()) out.write(message.body.bytes);
      out.end();
    }
  }
}

// Bytes that no script looked at: a fetch's response, or the request's own body.
void Exchange::pass_through(const ipc::Respond& message, http::ResponseToSend head) {
  http::SharedBody body = run_->take_body(message.body.source);
  if (body == nullptr) {
    leave_script(false);
    return fail({ErrorCode::kBadResponse,
                 "the response's body was read already, or belongs to another request"});
  }
  head.body = body->length();
  http::OutgoingBody& out = respond(head);
  send_body(std::move(body), out);
}

void Exchange::fail(const Error& error, std::string_view event, std::string_view stack) {
  error_ = error.code;
  app_.failures.write(app_.front.loop.now_ms(), out_ ? "response broken off" : event, label(),
                      error, stack);
  request_join_.reset();
  response_join_.reset();
  upstream_.reset();
  if (out_) return out_->abort();  // what is on its way can only be broken off
  source_ = ResponseSource::kNone;
  std::optional<std::uint64_t> retry_after_s;
  if (error.code == ErrorCode::kAppCrashing) {
    retry_after_s = app_.workers().retry_after_s();
  } else if (error.code == ErrorCode::kOverloaded || error.code == ErrorCode::kDescriptorLimit) {
    retry_after_s = 1;
  }
  const FailureResponse response(app_.files.error_pages(), {error, id_, app_.config.error_detail},
                                 client_.request().find("accept"), retry_after_s);
  http::OutgoingBody& out = respond(response.head());
  out.write(response.body());
  out.end();
}

void Exchange::on_client_gone(http::ServerExchange&) {
  error_ = ErrorCode::kClientGone;
  if (!out_) status_ = static_cast<std::uint16_t>(error_info(ErrorCode::kClientGone).status);
  leave_script(true);
  finish(0);
}

void Exchange::on_exchange_end(http::ServerExchange&, std::uint64_t bytes_sent) {
  leave_script(false);
  finish(bytes_sent);
}

void Exchange::finish(std::uint64_t sent_bytes) {
  if (loading_ticket_ != 0) app_.loading.cancel(loading_ticket_);
  if (waiting_ticket_ != 0) app_.workers().cancel_wait(waiting_ticket_);
  if (app_.front.access_log.enabled()) {
    AccessRecord record;
    record.time_us = started_at_us_;
    record.client = client_.client_ip();
    record.method = client_.request().method;
    record.host = client_.request().host;
    record.target = client_.request().raw_target;
    if (sent_target_ != record.target) record.sent_target = sent_target_;
    record.status = status_;
    record.sent_bytes = sent_bytes;
    record.duration_us = (uv_hrtime() - started_ns_) / 1000;
    record.source = source_;
    record.cpu_us = cpu_us_;
    record.error = error_;
    record.request_id = id_;
    record.app = app_.config.name;
    app_.front.access_log.write(record);
  }
  delete this;
}

}  // namespace brink::proxy
