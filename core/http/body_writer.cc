#include "core/http/body_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace brink::http {

void BodyWriter::begin(Stream& stream, Mode mode, std::uint64_t bytes) {
  stream_ = &stream;
  mode_ = mode;
  left_ = mode == Mode::kKnown ? bytes : 0;
  sent_ = 0;
  begun_ = true;
  ended_ = broken_ = waiting_ = false;
}

void BodyWriter::reset() {
  stream_ = nullptr;
  begun_ = ended_ = broken_ = waiting_ = false;
}

bool BodyWriter::write(std::string_view bytes) {
  if (done() || bytes.empty() || mode_ == Mode::kSwallow) return true;
  switch (mode_) {
    case Mode::kKnown:
      // More than promised would be read as the next message; it must not reach the wire.
      bytes = bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size()));
      left_ -= bytes.size();
      stream_->write({&bytes, 1});
      break;
    case Mode::kChunked:
      write_chunk(bytes);
      break;
    default:
      stream_->write({&bytes, 1});
      break;
  }
  sent_ += bytes.size();
  owner_.on_writer_activity();
  waiting_ = !stream_->is_open() || stream_->queued_bytes() >= kHighWaterBytes;
  return !waiting_;
}

void BodyWriter::write_chunk(std::string_view bytes) {
  std::array<char, 20> size_line;
  char* end = std::to_chars(size_line.data(), size_line.data() + 16, bytes.size(), 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  const std::array<std::string_view, 3> pieces = {
      std::string_view(size_line.data(), static_cast<std::size_t>(end - size_line.data())), bytes,
      "\r\n"};
  stream_->write(pieces);
}

void BodyWriter::end() {
  if (ended_ || broken_) return;
  ended_ = true;
  if (stream_ == nullptr) return;
  if (mode_ == Mode::kKnown && left_ > 0) broken_ = true;
  if (mode_ == Mode::kChunked) stream_->append("0\r\n\r\n");
  owner_.on_writer_activity();
}

void BodyWriter::abort() {
  if (done()) return;
  broken_ = true;
  owner_.on_writer_activity();
}

void BodyWriter::notify_room() {
  if (!waiting_ || done() || !stream_->is_open()) return;
  if (stream_->queued_bytes() > kLowWaterBytes) return;
  waiting_ = false;
  if (observer() != nullptr) observer()->on_writable();
}

void BodyWriter::notify_gone(const Error& error) {
  const bool listening = !ended_ && !broken_;
  stream_ = nullptr;
  BodyWriterObserver* observer = take_observer();
  if (listening && observer != nullptr) observer->on_writer_gone(error);
}

}  // namespace brink::http
