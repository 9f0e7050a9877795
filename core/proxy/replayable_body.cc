#include "core/proxy/replayable_body.h"

#include <algorithm>
#include <utility>

namespace brink::proxy {
namespace {
constexpr std::size_t kPiece_bytes = 64 * 1024;
}  // namespace

ReplayableBody::ReplayableBody(http::IncomingBody& source)
    : source_(&source), length_(source.length()) {
  source.set_receiver(this);
}

ReplayableBody::~ReplayableBody() {
  if (source_) source_->set_receiver(nullptr);
}

void ReplayableBody::rewind() {
  keeping_ = false;
  replayed_bytes_ = 0;
  pause();
}

void ReplayableBody::set_receiver(http::BodyReceiver* receiver) {
  receiver_ = receiver;
  if (receiver == nullptr) pause();
}

void ReplayableBody::pause() {
  paused_ = true;
  if (source_) source_->pause();
}

void ReplayableBody::resume() {
  paused_ = false;
  while (!keeping_ && receiver_ && !paused_ && replayed_bytes_ < kept_.size()) {
    const std::string_view piece = std::string_view(kept_).substr(replayed_bytes_, kPiece_bytes);
    replayed_bytes_ += piece.size();
    receiver_->on_body_data(piece);
  }
  if (paused_ || receiver_ == nullptr) return;
  if (!keeping_ && !kept_.empty()) {
    kept_ = {};  // all replayed
    replayed_bytes_ = 0;
  }
  if (source_) {
    source_->resume();
  } else if (broken_) {
    std::exchange(receiver_, nullptr)->on_body_error(error_);
  } else if (complete_) {
    std::exchange(receiver_, nullptr)->on_body_end();
  }
}

void ReplayableBody::discard() {
  receiver_ = nullptr;
  if (source_) {
    source_->set_receiver(nullptr);
    std::exchange(source_, nullptr)->discard();
  }
}

void ReplayableBody::on_body_data(std::string_view bytes) {
  if (keeping_) kept_.append(bytes);
  if (receiver_) receiver_->on_body_data(bytes);
}

void ReplayableBody::on_body_end() {
  source_ = nullptr;
  complete_ = true;
  if (receiver_ && !paused_)
    (keeping_ ? receiver_ : std::exchange(receiver_, nullptr))->on_body_end();
}

void ReplayableBody::on_body_error(const Error& error) {
  source_ = nullptr;
  broken_ = true;
  error_ = error;
  if (receiver_ && !paused_) std::exchange(receiver_, nullptr)->on_body_error(error);
}

}  // namespace brink::proxy
