#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/loop/event_loop.h"
#include "core/loop/turn_hooks.h"
#include "core/supervise/worker.h"

namespace brink::supervise {

/// Workers of one owner. Serves their channels around the loop's sleep, and keeps one that is
/// retired until nothing of it can be on the stack any more: a message of its own may end it. On
/// the loop's thread.
class WorkerSet {
 public:
  explicit WorkerSet(EventLoop& loop);

  void add(std::unique_ptr<Worker> worker) { workers_.push_back(std::move(worker)); }
  /// Hands the worker on. It must be in the set.
  std::unique_ptr<Worker> release(const Worker& worker);
  /// Frees the worker before the loop sleeps. It must be in the set.
  void retire(const Worker& worker) { retired_.push_back(release(worker)); }

  std::span<const std::unique_ptr<Worker>> all() const { return workers_; }
  bool empty() const { return workers_.empty(); }
  std::size_t size() const { return workers_.size(); }
  std::size_t count(Worker::State state) const;
  /// nullptr: none of this set.
  Worker* find(int pid) const;

 private:
  void before_sleep();
  void after_wake();

  EventLoop& loop_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Worker>> retired_;
  TurnHooks hooks_;
};

}  // namespace brink::supervise
