#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/supervise/worker.h"
#include "core/supervise/worker_turns.h"

namespace brink::supervise {

/// Workers of one owner, on the loop's thread.
class WorkerSet {
 public:
  /// `turns` must outlive this.
  explicit WorkerSet(WorkerTurns& turns) : turns_(turns) {}

  void add(std::unique_ptr<Worker> worker) { workers_.push_back(std::move(worker)); }
  /// Hands the worker on. It must be in the set.
  std::unique_ptr<Worker> release(const Worker& worker);
  /// Frees the worker before the loop sleeps. It must be in the set.
  void retire(const Worker& worker) { turns_.retire(release(worker)); }

  std::span<const std::unique_ptr<Worker>> all() const { return workers_; }
  bool empty() const { return workers_.empty(); }
  std::size_t size() const { return workers_.size(); }
  std::size_t count(Worker::State state) const;
  /// nullptr: none of this set.
  Worker* find(int pid) const;

 private:
  WorkerTurns& turns_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace brink::supervise
