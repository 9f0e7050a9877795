#include "core/http/server_exchange.h"

#include <utility>

#include "core/http/framing.h"

namespace brink::http {
namespace {
constexpr std::size_t kMaxQueuedForInterim_bytes = 16 * 1024;
}  // namespace

void ServerExchangeImpl::begin(const RequestHead& head) {
  head_ = &head;
  has_body_ = head.body.kind == BodyLength::Kind::kUnknown || head.body.bytes > 0;
  if (has_body_) reader_.begin(head.body);
}

void ServerExchangeImpl::reset() {
  reader_.reset(ErrorCode::kClientGone, "the request is over");
  writer_.set_observer(nullptr);
  writer_.reset();
  head_ = nullptr;
  observer_ = nullptr;
  plan_ = {};
  has_body_ = responded_ = continue_sent_ = false;
}

void ServerExchangeImpl::tell_ended() {
  const std::uint64_t sent = writer_.bytes_sent();
  if (ServerExchangeObserver* observer = std::exchange(observer_, nullptr)) {
    observer->on_exchange_end(*this, sent);
  }
}

void ServerExchangeImpl::tell_gone(const Error& error) {
  reader_.fail(error);
  writer_.notify_gone(error);
  if (ServerExchangeObserver* observer = std::exchange(observer_, nullptr)) {
    observer->on_client_gone(*this);
  }
}

void ServerExchangeImpl::send_interim(std::uint16_t status, HeaderSpan headers) {
  Stream* stream = host_.open_stream();
  const bool interim = status >= 100 && status < 200 && status != 101;
  if (stream == nullptr || responded_ || !interim || head_->minor_version == 0) return;
  // It is a hint; one for a client that does not read is not worth keeping.
  if (stream->queued_bytes() > kMaxQueuedForInterim_bytes) return;
  if (status == 100) continue_sent_ = true;
  std::string& text = host_.shared().head_text;
  text.clear();
  append_interim_head(status, headers, text);
  stream->append(text);
  host_.wake();
}

OutgoingBody& ServerExchangeImpl::respond(const ResponseToSend& head) {
  Stream* stream = host_.open_stream();
  if (stream == nullptr || responded_) return writer_;
  plan_ = plan_response(head.status, head.body, head_->method == "HEAD", head_->minor_version,
                        may_keep_alive());
  std::string& text = host_.shared().head_text;
  text.clear();
  append_response_head(head, plan_, head_->minor_version, host_.shared().date, text);
  stream->append(text);
  writer_.begin(*stream, plan_.mode, plan_.bytes);
  responded_ = true;
  host_.wake();
  return writer_;
}

// The client waits for permission before it sends its body.
bool ServerExchangeImpl::owes_continue() const {
  return head_->expects_continue && !continue_sent_ && !host_.request_complete();
}

bool ServerExchangeImpl::may_keep_alive() const {
  // Without a "100 Continue" nobody knows whether the body will come (RFC 9110 section 10.1.1).
  return wants_keep_alive(head_->headers, head_->minor_version) && !host_.shared().draining &&
         host_.input_usable() && !owes_continue();
}

void ServerExchangeImpl::on_body_wish() {
  if (reader_.flowing() && !reader_.discarded() && !responded_ && owes_continue()) {
    send_interim(100, {});
  }
  host_.wake();
}

}  // namespace brink::http
