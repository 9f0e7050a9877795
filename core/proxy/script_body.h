#pragma once

#include <cstdint>
#include <functional>

#include "core/http/body.h"
#include "core/http/deadline_list.h"
#include "core/supervise/worker.h"

namespace brink::proxy {

/// Writes a body that a script streams to where it goes, and gives the script new window as the
/// socket takes the bytes. Owned by the exchange or the subrequest, on the loop's thread.
class ScriptBody final : public http::BodyWriterObserver, http::Deadline {
 public:
  /// `worker` is forgotten by on_worker_lost().
  ScriptBody(supervise::Worker& worker, ipc::StreamRef stream, http::OutgoingBody& sink);
  /// Before the body's end: the script is told that nobody reads, and the sink is aborted.
  ~ScriptBody() override;
  ScriptBody(const ScriptBody&) = delete;
  ScriptBody& operator=(const ScriptBody&) = delete;

  /// False: more than the window allowed, or after the end.
  bool on_chunk(ipc::ChunkState state, std::string_view bytes);
  /// The worker is gone: a body that is not complete is broken off.
  void on_worker_lost();
  bool ended() const { return ended_; }
  /// More of it may come, and somebody takes it.
  bool open() const { return !ended_ && writer() != nullptr; }

  /// From now on `on_silent` is called when the script sends nothing for as long as `list` says,
  /// while the sink could take more. It may destroy this.
  void limit_silence(http::DeadlineList& list, std::function<void()> on_silent);
  /// For how long that is so already.
  std::uint64_t silent_ms() const { return running_for_ms(); }

 private:
  void on_writable() override;
  void on_writer_gone(const Error& error) override;
  void on_deadline() override;
  void give_window();
  void tell_gone();
  http::OutgoingBody* leave_sink();
  void wait_for_script();

  supervise::Worker* worker_;
  ipc::StreamRef stream_;
  std::uint64_t window_bytes_ = ipc::kInitialWindow_bytes;  // what the script may still send
  std::uint32_t owed_bytes_ = 0;                            // taken, but not given back yet
  bool writable_ = true;
  bool ended_ = false;
  http::DeadlineList* silence_ = nullptr;
  std::function<void()> on_silent_;
};

}  // namespace brink::proxy
