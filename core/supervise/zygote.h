#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ipc/descriptors.h"
#include "core/loop/event_loop.h"
#include "core/loop/poll.h"

namespace brink::supervise {

/// A forked worker as the zygote gave it.
struct SpawnedProcess {
  int pid = 0;
  ipc::Fd pidfd;
};

/// The front's end of the zygote: starts brink-worker once and asks it to fork workers. Owned by
/// Spares, on the loop's thread.
class Zygote {
 public:
  using Spawned = std::function<void(Result<SpawnedProcess>)>;

  struct Observer {
    virtual ~Observer() = default;
    /// A worker ended; status as from waitpid().
    virtual void on_process_exit(int pid, int status) = 0;
    /// The zygote itself is gone, and all its workers with it. Spawns under way never answer.
    virtual void on_zygote_gone() = 0;
  };

  static Result<std::unique_ptr<Zygote>> start(EventLoop& loop, const std::string& executable,
                                               Observer& observer);
  /// Closes the control socket: the zygote and its workers end.
  ~Zygote();
  Zygote(const Zygote&) = delete;
  Zygote& operator=(const Zygote&) = delete;

  /// Asks for a worker with these descriptors (they stay the caller's). Answers come in order.
  Result<void> spawn(int channel_memfd, int to_worker_eventfd, int to_front_eventfd, Spawned done);
  int pid() const { return pid_; }
  /// Sends SIGKILL; on_zygote_gone() follows.
  void kill();
  /// From now on the loop does not end before the zygote.
  void keep_loop_running() { watcher_->set_background(false); }

 private:
  Zygote(Observer& observer, ipc::Fd control, int pid)
      : observer_(observer), control_(std::move(control)), pid_(pid) {}
  void on_readable();

  Observer& observer_;
  ipc::Fd control_;
  int pid_;
  std::unique_ptr<FdWatcher> watcher_;
  std::vector<Spawned> waiting_;  // oldest first
};

}  // namespace brink::supervise
