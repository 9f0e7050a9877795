#include "core/http/body_reader.h"

#include <utility>

namespace brink::http {

void BodyReader::begin(BodyLength length) {
  reset();
  length_ = length;
  open_ = true;
}

void BodyReader::reset() {
  receiver_ = nullptr;
  length_ = {};
  kept_error_.reset();
  open_ = flowing_ = discarded_ = ever_resumed_ = false;
}

bool BodyReader::deliver(std::string_view bytes) {
  if (receiver_ != nullptr && !discarded_) receiver_->on_body_data(bytes);
  return flowing();
}

void BodyReader::end() {
  open_ = flowing_ = false;
  if (BodyReceiver* receiver = std::exchange(receiver_, nullptr)) receiver->on_body_end();
}

void BodyReader::fail(const Error& error) {
  if (!open_) return;
  open_ = flowing_ = false;
  if (BodyReceiver* receiver = std::exchange(receiver_, nullptr)) {
    receiver->on_body_error(error);
  } else if (!discarded_) {
    kept_error_ = error;
  }
}

void BodyReader::deliver_kept_error() {
  if (!kept_error_ || !flowing_ || receiver_ == nullptr) return;
  const Error error = std::move(*kept_error_);
  kept_error_.reset();
  flowing_ = false;
  std::exchange(receiver_, nullptr)->on_body_error(error);
}

std::optional<std::string_view> BodyReader::whole() const {
  if (!open_ || ever_resumed_ || discarded_ || kept_error_) return std::nullopt;
  if (length_.kind != BodyLength::Kind::kKnown) return std::nullopt;
  const std::string_view bytes = owner_.unparsed();
  if (bytes.size() < length_.bytes) return std::nullopt;
  return bytes.substr(0, length_.bytes);
}

void BodyReader::set_receiver(BodyReceiver* receiver) {
  receiver_ = receiver;
  if (receiver == nullptr) pause();
}

void BodyReader::resume() {
  if (flowing_ || receiver_ == nullptr) return;
  flowing_ = ever_resumed_ = true;
  owner_.on_body_wish();
}

void BodyReader::pause() {
  if (!flowing_) return;
  flowing_ = false;
  owner_.on_body_wish();
}

void BodyReader::discard() {
  receiver_ = nullptr;
  flowing_ = false;
  if (discarded_) return;
  discarded_ = true;
  owner_.on_body_wish();
}

}  // namespace brink::http
