#pragma once

#include "bench/load/bench_options.h"
#include "bench/load/statistics.h"
#include "core/base/result.h"

namespace brink::load {

/// Runs the load on as many threads as the options say, with a progress line if they say so, until
/// it is over or SIGINT or SIGTERM comes. A server that takes no connection is no error but the
/// outcome: reached is false. Once, from main()'s thread. Error: kUsage, for what this system
/// cannot do; kSystem.
Result<Statistics> run_load(const BenchOptions& options);

/// The share of thread `index` of `threads`; together they are the whole.
LoadOptions share_of(const LoadOptions& all, std::size_t index, std::size_t threads);

}  // namespace brink::load
