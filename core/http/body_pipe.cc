#include "core/http/body_pipe.h"

#include <utility>

namespace brink::http {

BodyPipe::BodyPipe(EventLoop& loop, BodyLength length, ErrorCode broken,
                   std::function<void()> changed)
    : TurnTask(loop), length_(length), broken_(broken), changed_(std::move(changed)) {}

void BodyPipe::Reader::resume() {
  flowing_ = true;
  pipe_.schedule();
}

void BodyPipe::Reader::discard() {
  take_receiver();
  flowing_ = false;
  pipe_.discarded_ = true;
  pipe_.schedule();
}

void BodyPipe::Reader::on_receiver_left() {
  flowing_ = false;
  pipe_.schedule();
}

bool BodyPipe::Writer::write(std::string_view bytes) {
  if (pipe_.state_ != State::kOpen) return true;
  pipe_.bytes_ += bytes.size();
  if (pipe_.swallows_ || pipe_.discarded_) return true;
  pipe_.held_.append(bytes);
  pipe_.schedule();
  full_ = pipe_.held_.size() >= kHighWater_bytes;
  return !full_;
}

void BodyPipe::Writer::end() {
  const BodyLength& length = pipe_.length_;
  const bool sound =
      pipe_.swallows_ || length.kind != BodyLength::Kind::kKnown || length.bytes == pipe_.bytes_;
  pipe_.close(sound ? State::kComplete : State::kBroken);
}

void BodyPipe::close(State state) {
  if (state_ != State::kOpen) return;
  state_ = state;
  writer_.take_observer();
  schedule();
}

void BodyPipe::give_up(const Error& error) {
  const auto keep_alive = shared_from_this();
  if (state_ == State::kOpen) state_ = State::kBroken;
  over_ = true;
  held_.clear();
  if (BodyReceiver* const receiver = reader_.take_receiver()) receiver->on_body_error(error);
  tell_writer_gone(error);
}

void BodyPipe::tell_writer_gone(const Error& error) {
  if (BodyWriterObserver* const observer = writer_.take_observer()) observer->on_writer_gone(error);
}

// Receiver, observer and owner may do anything within their calls.
void BodyPipe::run_turn_task() {
  const auto keep_alive = shared_from_this();
  if (over_) return;
  // Before the reader: the owner may know better what it means.
  if (state_ == State::kBroken) changed_();
  if (over_) return;
  if (discarded_) {
    over_ = true;
    held_.clear();
    tell_writer_gone({ErrorCode::kClientGone, "nobody reads the body any more"});
  } else if (swallows_) {
    over_ = state_ != State::kOpen;
  } else if (reader_.flowing_ && reader_.receiver() != nullptr) {
    deliver();
  }
  changed_();
}

void BodyPipe::deliver() {
  if (!held_.empty()) {
    const std::string bytes = std::exchange(held_, {});
    reader_.receiver()->on_body_data(bytes);
    if (std::exchange(writer_.full_, false) && writer_.observer() != nullptr)
      writer_.observer()->on_writable();
  }
  const bool may_end = held_.empty() && reader_.flowing_ && reader_.receiver() != nullptr;
  if (may_end && state_ != State::kOpen && !over_ && !discarded_) deliver_end();
}

void BodyPipe::deliver_end() {
  over_ = true;
  BodyReceiver* const receiver = reader_.take_receiver();
  if (state_ == State::kComplete)
    receiver->on_body_end();
  else
    receiver->on_body_error({broken_, "the body broke off before its end"});
}

}  // namespace brink::http
