#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/loop/timer.h"
#include "core/supervise/worker_pool.h"

namespace brink::proxy {

struct App;

/// Loads an app's code when it is first needed, and lets requests wait for that. After a failure
/// requests are refused for a while, and then the next one has it tried again, with the files as
/// they are then. Part of an App, on the loop's thread.
class AppLoading {
 public:
  using Done = std::function<void(const Result<supervise::AppDescription>&)>;

  explicit AppLoading(App& app) : app_(app) {}
  ~AppLoading();
  AppLoading(const AppLoading&) = delete;
  AppLoading& operator=(const AppLoading&) = delete;

  bool loaded() const { return state_ == State::kLoaded; }
  /// The app's workers; nullptr unless it is loaded or being loaded.
  supervise::WorkerPool* pool() { return pool_.get(); }

  /// Calls `done` when the code is loaded, or cannot be; never before this returns. Returns a
  /// ticket for cancel(). Fails at once when it could not be loaded a moment ago, or too many wait.
  /// Not for an app that is loaded.
  Result<std::uint64_t> wait(Done done);
  /// The same for the one app of a front that starts, or is checked: a failure is for `done` to
  /// tell, as there will be no other try.
  Result<std::uint64_t> load_once(Done done);
  void cancel(std::uint64_t ticket);

  /// No workers any more; `ended` is called once all are gone (maybe before this returns).
  void shut_down(std::function<void()> ended);

 private:
  enum class State : std::uint8_t { kCold, kLoading, kLoaded, kFailed };
  struct Waiting {
    std::uint64_t ticket;
    Done done;
  };

  void start();
  void finish(Result<supervise::AppDescription> result);
  void retire_pool();
  void end_if_shut_down();

  App& app_;
  State state_ = State::kCold;
  std::unique_ptr<supervise::WorkerPool> pool_;
  std::vector<std::unique_ptr<supervise::WorkerPool>> retired_;  // until their workers are gone
  std::unique_ptr<Timer> limit_;                                 // while it loads
  std::deque<Waiting> waiting_;
  std::uint64_t last_ticket_ = 0;
  std::uint64_t failures_ = 0;  // in a row
  std::uint64_t not_before_ms_ = 0;
  bool tells_failure_ = true;  // in the log
  bool pool_ended_ = false;
  std::function<void()> all_ended_;
};

}  // namespace brink::proxy
