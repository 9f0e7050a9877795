#pragma once

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

namespace brink::bench {

/// benchmark::RegisterBenchmark(): the library keeps what it makes until the process ends, which
/// the analyzer takes for a leak in a header that can't be told otherwise.
template <class Run>
void add_benchmark([[maybe_unused]] std::string_view name, [[maybe_unused]] const Run& run) {
#ifndef __clang_analyzer__
  benchmark::RegisterBenchmark(std::string(name), run);
#endif
}

}  // namespace brink::bench
