#include "core/http/join.h"

#include <utility>

namespace brink::http {

BodyJoin::BodyJoin(IncomingBody& source, OutgoingBody& sink, Done done)
    : source_(&source), sink_(&sink), done_(std::move(done)) {
  source_->set_receiver(this);
  sink_->set_observer(this);
}

BodyJoin::~BodyJoin() {
  if (source_ != nullptr) source_->set_receiver(nullptr);
  if (sink_ != nullptr) sink_->set_observer(nullptr);
}

void BodyJoin::start() { source_->resume(); }

void BodyJoin::on_body_data(std::string_view bytes) {
  bytes_ += bytes.size();
  if (!sink_->write(bytes)) source_->pause();
}

void BodyJoin::on_body_end() {
  sink_->end();
  finish(JoinOutcome::kComplete, nullptr);
}

void BodyJoin::on_body_error(const Error& error) {
  sink_->abort();
  finish(JoinOutcome::kSourceError, &error);
}

void BodyJoin::on_writable() { source_->resume(); }

void BodyJoin::on_writer_gone(const Error& error) {
  source_->set_receiver(nullptr);
  source_->discard();
  finish(JoinOutcome::kSinkGone, &error);
}

void BodyJoin::finish(JoinOutcome outcome, const Error* error) {
  source_ = nullptr;
  sink_->set_observer(nullptr);
  sink_ = nullptr;
  // `done` may destroy this object, and the function in it.
  const Done done = std::move(done_);
  if (done) done(outcome, error);
}

std::unique_ptr<BodyJoin> join(IncomingBody& source, OutgoingBody& sink, BodyJoin::Done done) {
  return std::make_unique<BodyJoin>(source, sink, std::move(done));
}

}  // namespace brink::http
