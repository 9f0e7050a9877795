#pragma once

#include <memory>
#include <vector>

#include "core/loop/event_loop.h"
#include "core/loop/turn_hooks.h"
#include "core/supervise/worker.h"

namespace brink::supervise {

/// Serves the channels of all workers of a front around the loop's sleep. Only those are looked at
/// that were sent something, have said something or have calls: any number of others costs a turn
/// nothing. Owned by Spares; on the loop's thread; outlives the workers.
class WorkerTurns {
 public:
  explicit WorkerTurns(EventLoop& loop);

  /// Frees the worker before the loop sleeps, when nothing of it can be on the stack any more: a
  /// message of its own may end it.
  void retire(std::unique_ptr<Worker> worker) { retired_.push_back(std::move(worker)); }

 private:
  friend class Worker;
  /// The worker is to be settled before the loop sleeps.
  void attend(Worker& worker);
  void forget(const Worker& worker);
  void before_sleep();
  void after_wake();

  EventLoop& loop_;
  std::vector<Worker*> attended_;  // nullptr: gone while the list is walked
  bool again_ = false;             // one came to be unsettled
  std::vector<std::unique_ptr<Worker>> retired_;
  TurnHooks hooks_;
};

}  // namespace brink::supervise
