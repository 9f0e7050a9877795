#include "core/http/body_reader.h"

#include <utility>

namespace brink::http {

void BodyReader::begin(BodyLength length) {
  length_ = length;
  open_ = true;
}

void BodyReader::reset(ErrorCode code, std::string_view why) {
  length_ = {};
  kept_error_.reset();
  open_ = flowing_ = discarded_ = ever_resumed_ = false;
  if (BodyReceiver* receiver = take_receiver()) receiver->on_body_error({code, std::string(why)});
}

bool BodyReader::deliver(std::string_view bytes) {
  if (receiver() != nullptr && !discarded_) receiver()->on_body_data(bytes);
  return flowing();
}

void BodyReader::end() {
  open_ = flowing_ = false;
  if (BodyReceiver* receiver = take_receiver()) receiver->on_body_end();
}

void BodyReader::fail(const Error& error) {
  if (!open_) return;
  open_ = flowing_ = false;
  if (BodyReceiver* receiver = take_receiver()) {
    receiver->on_body_error(error);
  } else if (!discarded_) {
    kept_error_ = error;
  }
}

void BodyReader::deliver_kept_error() {
  if (!kept_error_ || !flowing_ || receiver() == nullptr) return;
  const Error error = std::move(*kept_error_);
  kept_error_.reset();
  flowing_ = false;
  take_receiver()->on_body_error(error);
}

std::optional<std::string_view> BodyReader::whole() const {
  if (!open_ || ever_resumed_ || discarded_ || kept_error_) return std::nullopt;
  if (length_.kind != BodyLength::Kind::kKnown) return std::nullopt;
  const std::string_view bytes = owner_.unparsed();
  if (bytes.size() < length_.bytes) return std::nullopt;
  return bytes.substr(0, length_.bytes);
}

void BodyReader::resume() {
  if (flowing_ || receiver() == nullptr) return;
  flowing_ = ever_resumed_ = true;
  owner_.on_body_wish();
}

void BodyReader::pause() {
  if (!flowing_) return;
  flowing_ = false;
  owner_.on_body_wish();
}

// The connection may have waited for this, whether bytes flowed or not.
void BodyReader::on_receiver_left() {
  flowing_ = false;
  owner_.on_body_wish();
}

void BodyReader::discard() {
  take_receiver();
  flowing_ = false;
  if (discarded_) return;
  discarded_ = true;
  owner_.on_body_wish();
}

}  // namespace brink::http
