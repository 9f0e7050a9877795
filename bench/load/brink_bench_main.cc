#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <print>
#include <string>

#include "bench/load/bench_options.h"
#include "bench/load/load_run.h"
#include "bench/load/result_json.h"
#include "bench/load/result_text.h"
#include "core/base/errors.h"

namespace brink::load {
namespace {

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitUnreachable = 3;

void print_error(const Error& error) {
  std::println(stderr, "brink-bench: {}: {}", error_info(error.code).name, error.message);
}

bool write_file(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return false;
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return std::fclose(file) == 0 && written;
}

// Before the run: what it costs would be lost.
Result<void> check_json_file(const std::string& path) {
  if (path.empty() || path == "-") return {};
  std::FILE* file = std::fopen(path.c_str(), "a");
  if (file != nullptr && std::fclose(file) == 0) return {};
  return fail(ErrorCode::kUsage, path + " cannot be written: " + std::strerror(errno));
}

int tell(const BenchOptions& options, const Statistics& statistics) {
  const bool json_only = options.json_file == "-";
  const std::string text =
      json_only ? result_json(options, statistics) : result_text(options, statistics);
  std::fputs(text.c_str(), stdout);
  if (!options.json_file.empty() && !json_only &&
      !write_file(options.json_file, result_json(options, statistics))) {
    print_error({ErrorCode::kSystem, options.json_file + " cannot be written"});
    return kExitFailed;
  }
  if (!statistics.reached && !statistics.interrupted) {
    std::string why = "no connection could be made";
    for (std::size_t i = 0; i < kFailureKinds; ++i) {
      if (!statistics.first_failures[i].empty()) why += "; " + statistics.first_failures[i];
    }
    print_error({ErrorCode::kOriginUnreachable, why});
    return kExitUnreachable;
  }
  const bool failed =
      statistics.failure_count() > 0 || statistics.wrong_status > 0 || statistics.unsent > 0;
  return failed ? kExitFailed : kExitOk;
}

int run(int argc, char** argv) {
  const Result<std::optional<BenchOptions>> options = parse_command_line(argc, argv);
  if (!options) {
    print_error(options.error());
    return kExitUsage;
  }
  if (!options->has_value()) return kExitOk;
  if (const Result<void> writable = check_json_file((*options)->json_file); !writable) {
    print_error(writable.error());
    return kExitUsage;
  }
  const Result<Statistics> statistics = run_load(**options);
  if (!statistics) {
    print_error(statistics.error());
    return statistics.error().code == ErrorCode::kUsage ? kExitUsage : kExitFailed;
  }
  return tell(**options, *statistics);
}

}  // namespace
}  // namespace brink::load

int main(int argc, char** argv) { return brink::load::run(argc, argv); }
