#include "core/supervise/worker_set.h"

#include <algorithm>
#include <utility>

namespace brink::supervise {

std::unique_ptr<Worker> WorkerSet::release(const Worker& worker) {
  const auto found =
      std::ranges::find_if(workers_, [&](const auto& w) { return w.get() == &worker; });
  std::unique_ptr<Worker> released = std::move(*found);
  workers_.erase(found);
  return released;
}

std::size_t WorkerSet::count(Worker::State state) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      workers_, [state](const auto& worker) { return worker->state() == state; }));
}

Worker* WorkerSet::find(int pid) const {
  const auto found =
      std::ranges::find_if(workers_, [pid](const auto& worker) { return worker->pid() == pid; });
  return found == workers_.end() ? nullptr : found->get();
}

}  // namespace brink::supervise
