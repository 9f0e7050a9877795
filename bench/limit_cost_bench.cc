// What the limits cost a turn that behaves: the watchdog's part alone, and a whole turn of a real
// worker with nothing in it. Run by watchdog-cost.mjs.
#include <benchmark/benchmark.h>
#include <sys/eventfd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "bindings/bindings.h"
#include "sandbox/worker.h"

extern "C" const char brink_snapshot_begin[];
extern "C" const char brink_snapshot_end[];

namespace brink::sandbox {
namespace {

constexpr CpuBudget kAmple{.limit_ns = 50'000'000};

template <class T>
T or_exit(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "limit_cost_bench: %s\n", result.error().message.c_str());
  std::exit(1);
}

/// CpuLimit::begin() and end(): two clock reads, the turn's state for the watchdog, and the status
/// in shared memory for the front.
void cpu_limit_turn(benchmark::State& state) {
  ipc::WorkerStatus status{};
  CpuLimit limit(nullptr, status);  // the isolate is asked for only when a turn is terminated
  for (auto _ : state) {
    CpuBudget budget = kAmple;
    limit.begin(1, budget);
    benchmark::DoNotOptimize(limit.end(budget));
  }
}
BENCHMARK(cpu_limit_turn);

/// What a worker that sleeps pays once, before and after.
void cpu_limit_sleep(benchmark::State& state) {
  ipc::WorkerStatus status{};
  CpuLimit limit(nullptr, status);
  for (auto _ : state) {
    limit.before_sleep();
    limit.after_sleep();
  }
}
BENCHMARK(cpu_limit_sleep);

/// A worker of this process's own. Lives until the process ends: V8 starts once in a process.
Worker& worker() {
  static Worker& only = [] -> Worker& {
    WorkerDescriptors descriptors;
    descriptors.channel = or_exit(ipc::ChannelMemory::create());
    descriptors.to_worker.reset(::eventfd(0, EFD_CLOEXEC));
    descriptors.to_front.reset(::eventfd(0, EFD_CLOEXEC));
    ipc::ChannelMemory memory = or_exit(ipc::ChannelMemory::map(descriptors.channel.get()));
    const v8::StartupData snapshot{brink_snapshot_begin,
                                   static_cast<int>(brink_snapshot_end - brink_snapshot_begin)};
    static const std::vector<Binding> bindings = bindings::all_bindings();
    static V8Start v8(snapshot, bindings);
    return *new Worker(std::move(descriptors), std::move(memory), v8, bindings, nullptr);
  }();
  return only;
}

/// All that a turn has around the script's own code: scopes, limits on CPU time and memory, the
/// microtask checkpoint, rejections.
void empty_turn(benchmark::State& state) {
  Worker& runs = worker();
  for (auto _ : state) {
    CpuBudget budget = kAmple;
    auto nothing = [] {};
    benchmark::DoNotOptimize(runs.run_turn(budget, runs.realm(), 1, nothing));
  }
}
BENCHMARK(empty_turn);

}  // namespace
}  // namespace brink::sandbox

BENCHMARK_MAIN();
