#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/app_files.h"
#include "core/config/config.h"
#include "core/loop/event_loop.h"
#include "core/loop/timer.h"
#include "core/loop/turn_hooks.h"
#include "core/observe/log.h"
#include "core/supervise/module_store.h"
#include "core/supervise/worker.h"
#include "core/supervise/zygote.h"

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

/// The workers of one app and its blank spares: starts them, loads the app into them, replaces
/// those that end, and watches their CPU time from outside. Owned by the edge, on the loop's
/// thread.
class WorkerPool final : Zygote::Observer, WorkerObserver {
 public:
  /// `app` must outlive the pool. Entries are numbered: the middleware first, if there is one, then
  /// the handlers in order.
  WorkerPool(EventLoop& loop, const Config& config, const AppFiles& app, std::string executable,
             Log& log);
  ~WorkerPool() override;
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Starts the zygote and the workers; `loaded` comes once, when the first worker has the app or
  /// could not load it.
  Result<void> start(std::function<void(Result<AppDescription>)> loaded);

  /// The serving worker with the fewest calls; nullptr: none right now.
  Worker* pick();
  /// Calls `ready` with a worker as soon as one serves, or with nullptr after the pool gave up
  /// waiting (BRINK_WORKER_UNAVAILABLE). Returns a ticket for cancel_wait().
  std::uint64_t wait(std::function<void(Worker*)> ready);
  void cancel_wait(std::uint64_t ticket);

  /// No replacements any more; `ended` is called once all workers are gone (maybe before this
  /// returns).
  void shut_down(std::function<void()> ended);

 private:
  struct Waiting {
    std::uint64_t ticket;
    std::uint64_t deadline_ms;
    std::function<void(Worker*)> ready;
  };

  // Zygote::Observer
  void on_process_exit(int pid, int status) override;
  void on_zygote_gone() override;
  // WorkerObserver
  void on_spare_ready(Worker& worker) override;
  void on_module_needed(Worker& worker, std::uint32_t sequence,
                        const ipc::ModuleNeeded& message) override;
  bool on_code_cache(const ipc::CodeCache& message) override;
  void on_app_ready(Worker& worker, const ipc::AppReady& message) override;
  void on_app_failed(Worker& worker, const ipc::AppFailed& message) override;
  void on_script_log(std::uint32_t request, ipc::LogLevel level, std::string_view text) override;

  Result<void> start_zygote();
  void fill();
  void spawn_one();
  void load_app(Worker& worker);
  void remove(Worker& worker);
  void finish_first_load(Result<AppDescription> result);
  void give_to_waiting(Worker& worker);
  void before_sleep();
  void after_wake();
  void tick();
  void keep_ticking();
  void end_if_shut_down();
  std::size_t count(Worker::State state) const;
  bool needs_ticks() const;

  EventLoop& loop_;
  const Config& config_;
  std::string executable_;
  Log& log_;
  ModuleStore modules_;
  std::string entries_;
  std::unique_ptr<Zygote> zygote_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Worker>> ended_;  // freed at the end of the turn
  std::size_t spawning_ = 0;
  std::size_t failed_starts_ = 0;  // in a row; each doubles the pause before the next
  std::uint64_t start_not_before_ms_ = 0;
  std::deque<Waiting> waiting_;
  std::uint64_t last_ticket_ = 0;
  std::function<void(Result<AppDescription>)> loaded_;
  std::function<void()> all_ended_;
  bool shutting_down_ = false;
  TurnHooks hooks_;
  Timer tick_;
};

}  // namespace brink::supervise
