#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/loop/event_loop.h"
#include "core/loop/timer.h"
#include "core/observe/log.h"
#include "core/supervise/restart_backoff.h"
#include "core/supervise/worker.h"
#include "core/supervise/worker_set.h"
#include "core/supervise/worker_turns.h"
#include "core/supervise/zygote.h"

namespace brink::supervise {

/// The zygote and the blank workers of the whole front. Keeps some started workers in hand, for
/// whichever app needs one next, and forks others in their place; what does not start in time, or
/// does not answer, is ended and replaced. Knows no app. Owned by the edge,
/// on the loop's thread; outlives its takers.
class Spares final : Zygote::Observer, SpareObserver {
 public:
  /// Who takes spares: the pool of an app.
  class Taker {
   public:
    virtual ~Taker() = default;
    /// After a take() that gave none: now there is one, for this taker only and only until this
    /// returns.
    virtual void on_spare_ready() = 0;
    /// A process ended, maybe one of this taker's. `status` as from waitpid().
    virtual void on_process_exit(int pid, int status) = 0;
    /// The zygote ended, and every worker with it.
    virtual void on_zygote_gone() = 0;
    /// No worker could be started, again and again, and none ever was.
    virtual void on_no_start(const Error& error) = 0;
  };

  /// `kept`: how many to keep in hand. `executable`: path of brink-worker.
  Spares(EventLoop& loop, std::size_t kept, std::string executable, Log& log);
  ~Spares() override;
  Spares(const Spares&) = delete;
  Spares& operator=(const Spares&) = delete;

  /// Starts the zygote and the first spares.
  Result<void> start();

  /// For the sets of those that take spares.
  WorkerTurns& turns() { return turns_; }

  /// A taker is added before its first take() and removed before it dies.
  void add(Taker& taker) { takers_.push_back(&taker); }
  void remove(Taker& taker);

  /// A blank worker, or nullptr: then the taker has a place in the queue, one however often it
  /// asks, and hears on_spare_ready() when it is its turn. So an app that wears out workers can't
  /// take more than its turn from others.
  std::unique_ptr<Worker> take(Taker& taker);

  /// No spares any more; `ended` is called once all are gone (maybe before this returns). To be
  /// called when no taker has workers any more.
  void shut_down(std::function<void()> ended);

 private:
  // Zygote::Observer
  void on_process_exit(int pid, int status) override;
  void on_zygote_gone() override;
  // SpareObserver
  void on_spare_ready(Worker& worker) override;

  Result<void> start_zygote();
  void fill();
  void hurry();
  void retry_later();
  void watch();
  void tell_if_hopeless();
  bool spawn_one();
  void on_spawned(Worker::Descriptors descriptors, Result<SpawnedProcess> process);
  Worker* ready() const;
  void offer();
  void end_if_shut_down();

  EventLoop& loop_;
  const std::size_t kept_;
  const std::string executable_;
  Log& log_;
  WorkerTurns turns_;
  WorkerSet workers_;
  std::unique_ptr<Zygote> zygote_;
  std::size_t spawning_ = 0;
  std::uint64_t asked_ms_ = 0;  // of the zygote, for the oldest worker that it has not given
  bool ever_ready_ = false;
  RestartBackoff backoff_;
  std::vector<Taker*> takers_;
  std::deque<Taker*> queue_;
  Taker* turn_of_ = nullptr;  // whose on_spare_ready() runs
  std::function<void()> all_ended_;
  bool shutting_down_ = false;
  Timer fill_later_;
  Timer watch_;  // while something starts
};

}  // namespace brink::supervise
