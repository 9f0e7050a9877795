#include "core/proxy/script_body.h"

#include <utility>

namespace brink::proxy {
namespace {
/// Window is given back in pieces of at least this, so that small chunks don't cost a message each.
constexpr std::uint32_t kWindowStep_bytes = ipc::kInitialWindow_bytes / 4;
}  // namespace

ScriptBody::ScriptBody(supervise::Worker& worker, ipc::StreamRef stream, http::OutgoingBody& sink)
    : worker_(&worker), stream_(stream) {
  sink.set_observer(this);
}

ScriptBody::~ScriptBody() {
  tell_gone();
  if (http::OutgoingBody* sink = leave_sink()) sink->abort();
}

void ScriptBody::tell_gone() {
  if (worker_ && !ended_) worker_->send(stream_.id, ipc::Window{stream_.kind, true, 0});
}

http::OutgoingBody* ScriptBody::leave_sink() {
  http::OutgoingBody* const sink = writer();
  if (sink != nullptr) sink->set_observer(nullptr);
  return sink;
}

void ScriptBody::limit_silence(http::DeadlineList& list, std::function<void()> on_silent) {
  silence_ = &list;
  on_silent_ = std::move(on_silent);
  wait_for_script();
}

void ScriptBody::wait_for_script() {
  if (silence_ == nullptr || !open() || !writable_)
    clear_deadline();
  else
    set_deadline(*silence_);
}

void ScriptBody::on_deadline() {
  const auto on_silent = on_silent_;  // it may destroy this
  on_silent();
}

bool ScriptBody::on_chunk(ipc::ChunkState state, std::string_view bytes) {
  if (state == ipc::ChunkState::kError) bytes = {};  // says why, and is no part of the body
  if (ended_ || bytes.size() > window_bytes_) return false;
  window_bytes_ -= bytes.size();
  ended_ = state != ipc::ChunkState::kMore;
  if (writer() == nullptr) return true;  // nobody reads: the script was told
  if (!bytes.empty()) {
    owed_bytes_ += static_cast<std::uint32_t>(bytes.size());
    writable_ = writer()->write(bytes);
  }
  wait_for_script();
  if (!ended_) {
    if (writable_) give_window();
  } else if (http::OutgoingBody* sink = leave_sink()) {
    if (state == ipc::ChunkState::kEnd)
      sink->end();
    else
      sink->abort();
  }
  return true;
}

void ScriptBody::give_window() {
  if (worker_ == nullptr || owed_bytes_ < kWindowStep_bytes) return;
  window_bytes_ += owed_bytes_;
  worker_->send(stream_.id, ipc::Window{stream_.kind, false, std::exchange(owed_bytes_, 0)});
}

void ScriptBody::on_writable() {
  writable_ = true;
  wait_for_script();
  give_window();
}

void ScriptBody::on_writer_gone(const Error&) {
  clear_deadline();
  // The end of a response's sink is the end of its exchange, which tells the script by itself.
  if (stream_.kind != ipc::StreamKind::kResponseBody) tell_gone();
}

void ScriptBody::on_worker_lost() {
  worker_ = nullptr;
  clear_deadline();
  if (ended_) return;
  if (http::OutgoingBody* sink = leave_sink()) sink->abort();
}

}  // namespace brink::proxy
