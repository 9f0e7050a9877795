#include "core/proxy/subrequest.h"

#include <limits>
#include <span>
#include <utility>

#include "core/proxy/request_headers.h"

namespace brink::proxy {
namespace {

using http::equals_ignore_case;

constexpr int kMaxRedirects = 20;  // Fetch standard, "HTTP-redirect fetch" step 5

bool is_redirect(std::uint16_t status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// Fields that name the connection or that the front decides.
bool is_fronts_own(std::string_view name) {
  return equals_ignore_case(name, "host") || equals_ignore_case(name, "expect");
}

bool has_header(std::span<const HeaderField> headers, std::string_view name) {
  return find_header(headers, name).data() != nullptr;
}

/// What a fetch says besides what the script set, as under Next.js and Node.js (Fetch standard,
/// "HTTP-network-or-cache fetch"). The codings are those of sandbox/content_decoder.h.
void append_defaults(std::vector<HeaderField>& headers) {
  constexpr HeaderField kDefaults[] = {{"accept", "*/*"},
                                       {"accept-language", "*"},
                                       {"sec-fetch-mode", "cors"},
                                       {"user-agent", "Next.js Middleware"}};
  for (const HeaderField& field : kDefaults) {
    if (!has_header(headers, field.name)) headers.push_back(field);
  }
  // A part of an encoded body cannot be decoded.
  if (!has_header(headers, "accept-encoding")) {
    headers.push_back(
        {"accept-encoding", has_header(headers, "range") ? "identity" : "gzip, deflate, br, zstd"});
  }
}

http::BodyLength outgoing_length(const ipc::OutgoingBody& body, const http::SharedBody& source) {
  switch (body.kind) {
    case ipc::BodyKind::kInline:
      return http::BodyLength::known(body.bytes.size());
    case ipc::BodyKind::kStream:
      return body.content_length >= 0
                 ? http::BodyLength::known(static_cast<std::uint64_t>(body.content_length))
                 : http::BodyLength::unknown();
    case ipc::BodyKind::kPassThrough:
      return source ? source->length() : http::BodyLength::none();
    default:
      return http::BodyLength::none();
  }
}

}  // namespace

Subrequest::Subrequest(supervise::Worker& worker, std::uint32_t id, const FetchTargets& targets,
                       SubrequestObserver& observer)
    : worker_(&worker), id_(id), observer_(&observer), targets_(targets) {}

bool Subrequest::prepare(const ipc::Fetch& fetch, http::SharedBody passed_on) {
  auto url = WebUrl::parse(fetch.url);
  if (!url) {
    fail_fetch(url.error());
    return false;
  }
  url_ = std::move(*url);
  if (!http::valid_field_name(fetch.method)) {
    fail_fetch({ErrorCode::kFetchBadUrl, "the method is not a token (RFC 9110 section 9.1)"});
    return false;
  }
  method_ = arena_.copy(fetch.method);
  redirect_ = fetch.redirect;
  std::vector<HeaderField> kept;
  http::append_end_to_end(fetch.headers, kept);
  for (const HeaderField& field : kept) {
    if (is_fronts_own(field.name)) continue;
    if (!http::valid_field_name(field.name) || !http::valid_field_value(field.value)) continue;
    headers_.push_back({arena_.copy(field.name), arena_.copy(field.value)});
  }
  append_defaults(headers_);
  body_kind_ = fetch.body.kind;
  body_length_ = outgoing_length(fetch.body, passed_on);
  if (body_kind_ == ipc::BodyKind::kInline) inline_body_ = arena_.copy(fetch.body.bytes);
  passed_on_ = std::move(passed_on);
  return true;
}

void Subrequest::start() {
  started_ = true;
  send_request();
}

// Each redirect's target comes here, too, and is asked about like the first one. nullptr: https.
http::UpstreamPool* Subrequest::pool() {
  Upstreams& upstreams = targets_.upstreams;
  const bool is_origin = !url_.tls && upstreams.is_origin(url_.authority);
  if (!is_origin && targets_.own_site && targets_.own_site->has(url_)) return targets_.own_site;
  return url_.tls ? nullptr : &upstreams.for_target(url_.authority);
}

void Subrequest::send_request() {
  http::UpstreamPool* const upstreams = pool();
  if (upstreams == nullptr) {
    return fail_fetch({ErrorCode::kFetchTls, std::string(error_info(ErrorCode::kFetchTls).title)});
  }
  std::vector<HeaderField> headers = headers_;
  headers.insert(headers.begin(), {"host", url_.host});
  request_ = upstreams->start(url_.authority, {method_, url_.target, headers, body_length_}, *this);
  if (body_length_.kind == http::BodyLength::Kind::kNone) return;
  http::OutgoingBody& out = request_->body();
  switch (body_kind_) {
    case ipc::BodyKind::kInline:
      out.write(inline_body_);
      out.end();
      break;
    case ipc::BodyKind::kStream:
      script_body_ = std::make_unique<ScriptBody>(
          *worker_, ipc::StreamRef{ipc::StreamKind::kFetchRequestBody, id_}, out);
      if (!early_bytes_.empty() || early_state_ != ipc::ChunkState::kMore)
        script_body_->on_chunk(early_state_, std::exchange(early_bytes_, {}));
      break;
    case ipc::BodyKind::kPassThrough:
      pass_body_on(out);
      break;
    default:
      break;
  }
}

void Subrequest::pass_body_on(http::OutgoingBody& out) {
  request_join_ =
      http::join(std::move(passed_on_), out, [this](http::JoinOutcome outcome, const Error* error) {
        if (outcome == http::JoinOutcome::kSourceError) passed_on_error_ = *error;
      });
  request_join_->start();
}

bool Subrequest::on_chunk(ipc::ChunkState state, std::string_view bytes) {
  if (script_body_) return script_body_->on_chunk(state, bytes);
  if (body_kind_ != ipc::BodyKind::kStream) return false;
  // A fetch that failed early has no sink any more while the script still writes.
  return started_ || hold_chunk(state, bytes);
}

// It waits for its turn; the script has the first window to fill.
bool Subrequest::hold_chunk(ipc::ChunkState state, std::string_view bytes) {
  if (early_state_ != ipc::ChunkState::kMore ||
      bytes.size() > ipc::kInitialWindow_bytes - early_bytes_.size()) {
    return false;
  }
  early_bytes_.append(bytes);
  early_state_ = state;
  return true;
}

void Subrequest::fail_fetch(const Error& error) {
  failed_ = true;
  if (worker_ == nullptr) return;
  worker_->send(id_, ipc::FetchFailed{error_info(error.code).name, error.message});
}

void Subrequest::on_upstream_error(const Error& error) {
  fail_fetch(passed_on_error_.value_or(error));
  if (observer_) observer_->on_subrequest_settled();
}

// RFC 9110 section 15.4 and the Fetch standard, "HTTP-redirect fetch". Makes url_, method_ and
// headers_ those of the next request; a refusal has been reported.
Subrequest::Redirect Subrequest::apply_redirect(const http::ResponseHead& head) {
  const std::string_view location = find_header(head.headers, "location");
  if (!is_redirect(head.status) || location.data() == nullptr ||
      redirect_ == ipc::RedirectMode::kManual) {
    return Redirect::kNone;
  }
  const auto refuse = [this](std::string why) {
    fail_fetch({ErrorCode::kFetchRedirect, std::move(why)});
    return Redirect::kRefused;
  };
  if (redirect_ == ipc::RedirectMode::kError) return refuse("redirect mode is 'error'");
  if (location.empty()) return refuse("the Location is empty");
  if (++redirects_ > kMaxRedirects) return refuse("more than 20 redirects");
  if (observer_ && !observer_->count_redirect()) {
    fail_fetch(
        {ErrorCode::kSubrequestLimit, std::string(error_info(ErrorCode::kSubrequestLimit).title)});
    return Redirect::kRefused;
  }
  auto next = WebUrl::parse(location, url_.href);
  if (!next) return refuse(next.error().message);
  const bool becomes_get = (head.status == 303 && method_ != "GET" && method_ != "HEAD") ||
                           ((head.status == 301 || head.status == 302) && method_ == "POST");
  if (becomes_get) {
    method_ = "GET";
    body_kind_ = ipc::BodyKind::kNone;
    body_length_ = http::BodyLength::none();
    std::erase_if(headers_, [](const HeaderField& f) {
      return equals_ignore_case(f.name.substr(0, 8), "content-");
    });
  } else if (body_kind_ == ipc::BodyKind::kStream || body_kind_ == ipc::BodyKind::kPassThrough) {
    return refuse("a redirect would have to send a streamed body again");
  }
  if (next->authority != url_.authority || next->tls != url_.tls) {
    std::erase_if(headers_, [](const HeaderField& f) {
      return equals_ignore_case(f.name, "authorization") || equals_ignore_case(f.name, "cookie");
    });
  }
  url_ = std::move(*next);
  return Redirect::kFollow;
}

void Subrequest::on_response(const http::ResponseHead& head, http::IncomingBody* body) {
  if (const Redirect redirect = apply_redirect(head); redirect != Redirect::kNone) {
    if (body) body->discard();
    if (redirect == Redirect::kFollow) send_request();
    if (failed_ && observer_) observer_->on_subrequest_settled();
    return;
  }
  responded_ = true;
  response_body_ = body;
  if (observer_) observer_->on_subrequest_settled();
  if (worker_ == nullptr) return;
  std::vector<HeaderField> headers;
  http::append_end_to_end(head.headers, headers);
  // The script may look at it, and a HEAD that it passes on has it from nowhere else.
  if (const std::string_view length = head.find("content-length"); length.data() != nullptr)
    headers.push_back({"content-length", length});
  ipc::FetchResponse message;
  message.status = head.status;
  message.redirected = redirects_ > 0;
  message.has_body = body != nullptr;
  message.status_text = head.reason;
  message.url = url_.href;
  message.headers = headers;
  if (!worker_->send(id_, message)) {
    fail_fetch(
        {ErrorCode::kOriginBadResponse, "the response's headers are too large for a script"});
  }
}

bool Subrequest::on_pull(std::uint32_t max_bytes) {
  if (!responded_ || body_taken_) return false;
  if (!feed_) {
    if (response_body_ == nullptr) {
      if (worker_)
        worker_->send(id_, ipc::BodyChunk{
                               ipc::StreamKind::kFetchResponseBody, ipc::ChunkState::kEnd, {}, {}});
      return true;
    }
    feed_ = std::make_unique<BodyFeed>(*worker_,
                                       ipc::StreamRef{ipc::StreamKind::kFetchResponseBody, id_},
                                       http::borrow(std::exchange(response_body_, nullptr)),
                                       std::numeric_limits<std::uint64_t>::max(), [] {});
  }
  return feed_->pull(max_bytes);
}

bool Subrequest::on_body_cancel() {
  if (!responded_) return false;
  if (!body_taken_) cancel();
  return true;
}

void Subrequest::cancel() {
  feed_.reset();
  body_taken_ = true;
  response_body_ = nullptr;
  request_.reset();  // closes the connection unless all had arrived
}

http::SharedBody Subrequest::take_body() {
  if (!responded_ || feed_ || body_taken_ || response_body_ == nullptr) return nullptr;
  body_taken_ = true;
  http::IncomingBody* const body = std::exchange(response_body_, nullptr);
  return {body, [self = shared_from_this()](http::IncomingBody*) { self->cancel(); }};
}

bool Subrequest::over() const {
  if (sends_body()) return false;
  if (failed_ || body_taken_) return true;
  return responded_ && (feed_ ? feed_->ended() : response_body_ == nullptr);
}

void Subrequest::detach_worker() {
  worker_ = nullptr;
  observer_ = nullptr;
  feed_.reset();
  if (script_body_) script_body_->on_worker_lost();
  if (!body_taken_) cancel();
}

}  // namespace brink::proxy
