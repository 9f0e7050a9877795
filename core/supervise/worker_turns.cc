#include "core/supervise/worker_turns.h"

#include <algorithm>
#include <utility>

namespace brink::supervise {
namespace {

/// One worker's message may be an answer that another's call waits for. Bounded: two that keep each
/// other busy must not starve I/O.
constexpr int kRounds = 4;

}  // namespace

WorkerTurns::WorkerTurns(EventLoop& loop)
    : loop_(loop), hooks_(loop, [this] { before_sleep(); }, [this] { after_wake(); }) {}

void WorkerTurns::attend(Worker& worker) {
  again_ = true;
  if (!std::exchange(worker.attended_, true)) attended_.push_back(&worker);
}

void WorkerTurns::forget(const Worker& worker) {
  std::ranges::replace(attended_, const_cast<Worker*>(&worker), nullptr);
}

// By index: what a worker says may add to the list.
void WorkerTurns::before_sleep() {
  bool more = false;
  again_ = true;
  for (int round = 0; again_ && round < kRounds; ++round) {
    again_ = false;
    for (std::size_t i = 0; i < attended_.size(); ++i) {
      Worker* worker = attended_[i];
      if (worker != nullptr && worker->unsettled_ && !worker->settle()) more = true;
    }
  }
  // Do not sleep: a worker has sent more than one turn's share.
  if (more || again_) loop_.defer([] {});
  retired_.clear();
  std::erase_if(attended_, [](Worker* worker) {
    if (worker == nullptr) return true;
    worker->attended_ = worker->unsettled_ || worker->wants_turns();
    return !worker->attended_;
  });
}

void WorkerTurns::after_wake() {
  for (std::size_t i = 0; i < attended_.size(); ++i) {
    if (attended_[i] == nullptr) continue;
    attended_[i]->awake();
    attended_[i]->drain();
  }
}

}  // namespace brink::supervise
