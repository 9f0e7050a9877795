#include "core/http/body.h"

namespace brink::http {

void BodyReceiver::on_peer_gone() {
  on_body_error({ErrorCode::kInternal, "the body is gone: its source was given up"});
}

void IncomingBody::set_receiver(BodyReceiver* receiver) {
  if (receiver != nullptr) return receiver_.link(receiver->source_);
  if (receiver_.take() != nullptr) on_receiver_left();
}

void BodyWriterObserver::on_peer_gone() {
  on_writer_gone(
      {ErrorCode::kInternal, "the body goes nowhere any more: its message was given up"});
}

void OutgoingBody::set_observer(BodyWriterObserver* observer) {
  if (observer != nullptr) return observer_.link(observer->writer_);
  observer_.take();
}

}  // namespace brink::http
