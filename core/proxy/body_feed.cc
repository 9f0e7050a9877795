#include "core/proxy/body_feed.h"

#include <algorithm>
#include <utility>

namespace brink::proxy {

BodyFeed::BodyFeed(supervise::Worker& worker, ipc::StreamRef stream, http::SharedBody body,
                   std::uint64_t limit_bytes, std::function<void()> too_large)
    : worker_(worker),
      stream_(stream),
      keep_alive_(std::move(body)),
      limit_bytes_(limit_bytes),
      too_large_(std::move(too_large)) {
  keep_alive_->set_receiver(this);
}

BodyFeed::~BodyFeed() {
  // Before keep_alive_ goes, which may end the body.
  if (source() != nullptr) source()->set_receiver(nullptr);
}

void BodyFeed::send(ipc::ChunkState state, std::string_view bytes, std::string_view error) {
  wanted_bytes_ = 0;
  ended_ = state != ipc::ChunkState::kMore;
  worker_.send(stream_.id, ipc::BodyChunk{stream_.kind, state, error, bytes});
}

// Sends the first of `bytes`; returns how many.
std::size_t BodyFeed::send_piece(std::string_view bytes) {
  const std::size_t size =
      std::min({bytes.size(), std::size_t{wanted_bytes_}, ipc::kMaxChunk_bytes});
  const bool last = complete_ && size == bytes.size();
  send(last ? ipc::ChunkState::kEnd : ipc::ChunkState::kMore, bytes.substr(0, size));
  return size;
}

bool BodyFeed::pull(std::uint32_t max_bytes) {
  if (wanted_bytes_ != 0 || max_bytes == 0) return false;
  wanted_bytes_ = max_bytes;
  if (!error_.empty()) {
    send(ipc::ChunkState::kError, {}, error_);
  } else if (!held_.empty()) {
    held_.erase(0, send_piece(held_));
  } else if (complete_) {
    send(ipc::ChunkState::kEnd, {});
  } else if (source() != nullptr) {
    source()->resume();
  }
  return true;
}

void BodyFeed::on_body_data(std::string_view bytes) {
  seen_bytes_ += bytes.size();
  if (seen_bytes_ > limit_bytes_) {
    source()->set_receiver(nullptr);
    error_ = std::string(error_info(ErrorCode::kBodyTooLarge).name) + ": " +
             std::string(error_info(ErrorCode::kBodyTooLarge).title);
    if (wanted_bytes_ != 0) send(ipc::ChunkState::kError, {}, error_);
    const auto too_large = std::move(too_large_);
    too_large();  // may destroy this
    return;
  }
  // A length that was promised says that these bytes are the last before the end itself arrives:
  // that spares the script one more pull.
  const http::BodyLength length = keep_alive_->length();
  if (length.kind == http::BodyLength::Kind::kKnown && seen_bytes_ == length.bytes)
    complete_ = true;
  if (wanted_bytes_ != 0 && held_.empty()) bytes.remove_prefix(send_piece(bytes));
  held_.append(bytes);
  if (!complete_) source()->pause();  // the end itself may come
}

void BodyFeed::on_body_end() {
  complete_ = true;
  if (wanted_bytes_ != 0 && held_.empty()) send(ipc::ChunkState::kEnd, {});
}

void BodyFeed::on_body_error(const Error& error) {
  error_ = std::string(error_info(error.code).name) + ": " + error.message;
  if (wanted_bytes_ != 0) send(ipc::ChunkState::kError, {}, error_);
}

}  // namespace brink::proxy
