// CPU time of each path of the front. Run by ../micro.mjs.
#include <benchmark/benchmark.h>

#include "bench/micro/path.h"
#include "bench/micro/registration.h"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const brink::bench::PathInfo& info : brink::bench::all_paths()) {
    brink::bench::add_benchmark(info.name, [info](benchmark::State& state) {
      const auto path = info.make();
      for (auto _ : state) path->run();
    });
  }
  benchmark::RunSpecifiedBenchmarks();
}
