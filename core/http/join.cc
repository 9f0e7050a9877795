#include "core/http/join.h"

#include <utility>

namespace brink::http {

BodyJoin::BodyJoin(SharedBody body, OutgoingBody& sink, Done done)
    : keep_alive_(std::move(body)), done_(std::move(done)) {
  keep_alive_->set_receiver(this);
  sink.set_observer(this);
}

BodyJoin::~BodyJoin() {
  // Before keep_alive_ goes, which may end the body.
  if (source() != nullptr) source()->set_receiver(nullptr);
  if (OutgoingBody* sink = leave_sink()) sink->abort();
}

void BodyJoin::start() {
  if (source() != nullptr) source()->resume();
}

void BodyJoin::on_body_data(std::string_view bytes) {
  bytes_ += bytes.size();
  if (!writer()->write(bytes)) source()->pause();
}

void BodyJoin::on_body_end() {
  leave_sink()->end();
  finish(JoinOutcome::kComplete, nullptr);
}

void BodyJoin::on_body_error(const Error& error) {
  leave_sink()->abort();
  finish(JoinOutcome::kSourceError, &error);
}

void BodyJoin::on_writable() { source()->resume(); }

void BodyJoin::on_writer_gone(const Error& error) {
  source()->discard();
  finish(JoinOutcome::kSinkGone, &error);
}

OutgoingBody* BodyJoin::leave_sink() {
  OutgoingBody* const sink = writer();
  if (sink != nullptr) sink->set_observer(nullptr);
  return sink;
}

void BodyJoin::finish(JoinOutcome outcome, const Error* error) {
  // `done` may destroy this object, and the function in it.
  const Done done = std::move(done_);
  if (done) done(outcome, error);
}

std::unique_ptr<BodyJoin> join(SharedBody source, OutgoingBody& sink, BodyJoin::Done done) {
  return std::make_unique<BodyJoin>(std::move(source), sink, std::move(done));
}

}  // namespace brink::http
