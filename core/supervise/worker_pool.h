#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/app_files.h"
#include "core/config/config.h"
#include "core/loop/event_loop.h"
#include "core/loop/timer.h"
#include "core/observe/log.h"
#include "core/supervise/app_source.h"
#include "core/supervise/restart_backoff.h"
#include "core/supervise/scaling.h"
#include "core/supervise/script_log.h"
#include "core/supervise/spares.h"
#include "core/supervise/tally.h"
#include "core/supervise/waiting_queue.h"
#include "core/supervise/worker.h"
#include "core/supervise/worker_set.h"

namespace brink::supervise {

/// What the app's first worker told after it had loaded the code.
struct AppDescription {
  struct Matcher {
    std::string source;
    std::string regexp;
  };
  std::vector<Matcher> matchers;
  bool matches_every_path = false;
};

/// The workers of one app: makes spares its workers as the load asks for them, replaces those that
/// end, stops those that have nothing to do, and watches their CPU time from outside. Owned by the
/// edge, on the loop's thread.
class WorkerPool final : Spares::Taker, WorkerObserver {
 public:
  /// `config` is this app's. It, `app` and `spares` must outlive the pool.
  WorkerPool(EventLoop& loop, const Config& config, const AppFiles& app, Spares& spares, Log& log);
  ~WorkerPool() override;
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Starts the workers; `loaded` comes once, when the first one has the app or could not load it.
  void start(std::function<void(Result<AppDescription>)> loaded);

  /// A serving worker that is at rest, or else the one with the fewest calls; nullptr: none right
  /// now. The first at rest, so that the last ones come to have nothing to do when few are enough.
  Worker* pick();
  /// Calls `ready` with a worker as soon as one serves, or with the reason when none does in time
  /// (BRINK_WORKER_UNAVAILABLE) or the app's workers keep ending (BRINK_APP_CRASHING). Never before
  /// this returns. Returns a ticket for cancel_wait().
  std::uint64_t wait(WaitingQueue::Ready ready);
  void cancel_wait(std::uint64_t ticket) { waiting_.cancel(ticket); }
  /// After BRINK_APP_CRASHING: when the next worker may be tried. At least 1.
  std::uint64_t retry_after_s() const;

  /// No replacements any more; `ended` is called once all workers are gone (maybe before this
  /// returns).
  void shut_down(std::function<void()> ended);

 private:
  // Spares::Taker
  void on_spare_ready() override;
  void on_process_exit(int pid, int status) override;
  void on_zygote_gone() override;
  void on_no_start(const Error& error) override;
  // WorkerObserver
  void on_module_needed(Worker& worker, std::uint32_t sequence,
                        const ipc::ModuleNeeded& message) override;
  bool on_code_cache(Worker& worker, const ipc::CodeCache& message) override;
  void on_app_ready(Worker& worker, const ipc::AppReady& message) override;
  void on_app_failed(Worker& worker, const ipc::AppFailed& message) override;
  void on_script_log(std::string_view request, ipc::LogLevel level, std::string_view text) override;

  void fill();
  bool accept_jail(Worker& worker);
  void scale();
  void stop_idle();
  void watch(Worker& worker);
  void watch_loading(Worker& worker);
  void let_give_way(Worker& worker);
  bool without_hope() const;
  Error crashing() const;
  void finish_first_load(Result<AppDescription> result);
  void tick();
  void rest();
  void keep_ticking();
  bool needs_ticks() const;
  void end_if_shut_down();

  EventLoop& loop_;
  const Config& config_;
  Log& log_;
  ScriptLog script_log_;
  Spares& spares_;
  AppSource source_;
  WorkerSet workers_;
  WaitingQueue waiting_;
  Scaling scaling_;
  RestartBackoff backoff_;
  StartPace pace_;
  Tally background_dropped_;
  Tally silent_dropped_;
  std::function<void(Result<AppDescription>)> loaded_;
  std::function<void()> all_ended_;
  bool told_of_jail_ = false;
  bool told_of_wait_ = false;
  bool shutting_down_ = false;
  bool ticking_ = false;  // else tick_ waits for the next look at idle workers, if it is active
  Timer tick_;
};

}  // namespace brink::supervise
