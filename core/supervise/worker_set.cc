#include "core/supervise/worker_set.h"

#include <algorithm>
#include <utility>

namespace brink::supervise {

WorkerSet::WorkerSet(EventLoop& loop)
    : loop_(loop), hooks_(loop, [this] { before_sleep(); }, [this] { after_wake(); }) {}

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

// By index: what a worker says may add to the set.
void WorkerSet::before_sleep() {
  bool more = false;
  for (std::size_t i = 0; i < workers_.size(); ++i) more |= !workers_[i]->settle();
  if (more) loop_.defer([] {});  // do not sleep: a worker has sent more than one turn's share
  retired_.clear();
}

void WorkerSet::after_wake() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->awake();
    workers_[i]->drain();
  }
}

}  // namespace brink::supervise
