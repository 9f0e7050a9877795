#pragma once

#include <string>
#include <string_view>

#include "bench/load/bench_options.h"
#include "bench/load/statistics.h"

namespace brink::load {

/// All figures as one JSON object and a line end; docs/benchmarking.md has the schema.
std::string result_json(const BenchOptions& options, const Statistics& statistics);

/// In quotes.
std::string json_string(std::string_view text);

}  // namespace brink::load
