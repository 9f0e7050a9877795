#pragma once

#include <cstdint>
#include <string>

#include "bench/load/bench_options.h"
#include "bench/load/statistics.h"

namespace brink::load {

/// The figures for people: a page of text.
std::string result_text(const BenchOptions& options, const Statistics& statistics);

/// "850 us", "12.3 ms", "1.20 s": three digits.
std::string time_text(double micros);
/// "512 B", "1.5 MiB".
std::string bytes_text(double bytes);

}  // namespace brink::load
