#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/load_loop.h"
#include "bench/load/request_mix.h"
#include "bench/load/target.h"
#include "bench/load/tls_session.h"
#include "core/base/result.h"

namespace brink::load {

/// What the command line of brink-bench said, checked.
struct BenchOptions {
  std::vector<Target> targets;  ///< of one server
  std::vector<RequestSpec> requests;
  RequestDefaults defaults;
  LoadOptions load;  ///< of all threads together
  TlsOptions tls;
  std::size_t threads = 1;
  std::string json_file;  ///< "-": standard output, instead of the text; empty: none
  bool progress = false;
};

/// The options; nullopt after --help or --version, which are answered on standard output. Reads the
/// files that are named. Error: kUsage.
Result<std::optional<BenchOptions>> parse_command_line(int argc, char** argv);

/// "1.5s", "250ms", "2m", "1h", "10" (seconds), in ns. Error: kUsage.
Result<std::uint64_t> parse_duration(const std::string& text);

}  // namespace brink::load
