#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/load/bench_options.h"
#include "bench/load/load_monitor.h"
#include "core/loop/event_loop.h"
#include "core/loop/timer.h"

namespace brink::load {

/// A line a second on standard error while a run goes on: drawn over itself on a terminal, else one
/// after the other. On the loop's thread; reads what other threads' loops show.
class Progress {
 public:
  /// Does nothing unless the options want it.
  Progress(EventLoop& loop, const std::vector<std::unique_ptr<LoadMonitor>>& monitors,
           const BenchOptions& options);
  /// Clears the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void draw();

  const std::vector<std::unique_ptr<LoadMonitor>>& monitors_;
  const LoadOptions& load_;
  const bool terminal_;
  Timer timer_;
  bool drawn_ = false;
  std::uint64_t seconds_ = 0;
  std::uint64_t last_responses_ = 0;
};

}  // namespace brink::load
