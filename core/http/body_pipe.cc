#include "core/http/body_pipe.h"

#include <utility>

namespace brink::http {

BodyPipe::BodyPipe(EventLoop& loop, BodyLength length, std::function<void(Outcome)> over)
    : TurnTask(loop), length_(length), over_(std::move(over)) {}

void BodyPipe::Reader::resume() {
  flowing_ = true;
  pipe_.schedule();
}

void BodyPipe::Reader::discard() {
  take_receiver();
  pipe_.close(State::kDiscarded);
}

bool BodyPipe::Writer::write(std::string_view bytes) {
  if (pipe_.state_ != State::kOpen) return true;
  pipe_.bytes_ += bytes.size();
  if (pipe_.swallows_) return true;
  pipe_.held_.append(bytes);
  pipe_.schedule();
  full_ = pipe_.held_.size() >= kHighWater_bytes;
  return !full_;
}

void BodyPipe::close(State state) {
  if (state_ == State::kOver) return;
  // A reader may leave what has ended, but not end what it has left.
  if (state_ != State::kOpen && state != State::kDiscarded) return;
  const bool wrong_length = length_.kind == BodyLength::Kind::kKnown && length_.bytes != bytes_;
  state_ = state == State::kEnded && wrong_length && !swallows_ ? State::kAborted : state;
  if (state != State::kDiscarded) writer_.take_observer();
  schedule();
}

void BodyPipe::run_turn_task() {
  const auto keep_alive = shared_from_this();
  if (state_ == State::kDiscarded) {
    held_.clear();
    if (BodyWriterObserver* const observer = writer_.take_observer())
      observer->on_writer_gone({ErrorCode::kClientGone, "nobody reads the body any more"});
    return finish(Outcome::kUnread);
  }
  if (swallows_) {
    if (state_ != State::kOpen)
      finish(state_ == State::kEnded ? Outcome::kComplete : Outcome::kBroken);
    return;
  }
  if (reader_.flowing_ && reader_.receiver() != nullptr) deliver();
}

// The receiver may do anything within its calls.
void BodyPipe::deliver() {
  if (!held_.empty()) {
    const std::string bytes = std::exchange(held_, {});
    reader_.receiver()->on_body_data(bytes);
    if (std::exchange(writer_.full_, false) && writer_.observer() != nullptr)
      writer_.observer()->on_writable();
  }
  const bool more_to_read = !held_.empty() || !reader_.flowing_ || reader_.receiver() == nullptr;
  if (state_ == State::kOpen || state_ == State::kDiscarded || state_ == State::kOver ||
      more_to_read) {
    return;
  }
  if (state_ == State::kEnded) {
    reader_.take_receiver()->on_body_end();
    return finish(Outcome::kComplete);
  }
  reader_.take_receiver()->on_body_error(
      {ErrorCode::kOriginClosed, "the body broke off before its end"});
  finish(Outcome::kBroken);
}

void BodyPipe::finish(Outcome outcome) {
  if (std::exchange(state_, State::kOver) == State::kOver) return;
  if (over_) std::exchange(over_, {})(outcome);
}

}  // namespace brink::http
