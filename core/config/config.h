#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace brink {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };

/// The server that gets every request which no script answers. Plain http only.
struct OriginConfig {
  std::string host;  ///< name or address, without brackets; empty: there is no origin
  std::uint16_t port = 80;
  std::string authority;  ///< as in a Host header: "localhost:3000", "[::1]:3000", "example.com"

  bool configured() const { return !host.empty(); }
  bool operator==(const OriginConfig&) const = default;
};

/// What one request of a script, or one client, may use. Passing one gets the error code that
/// docs/limits.md names.
struct LimitsConfig {
  std::uint64_t cpu_ms = 50;
  std::uint64_t wall_ms = 30'000;
  std::uint64_t memory_mb = 128;
  std::uint64_t start_cpu_ms = 1'000;
  std::uint64_t subrequests = 50;
  std::uint64_t request_body_bytes = 10 * 1024 * 1024;
  std::uint64_t request_head_bytes = 32 * 1024;
};

struct TimeoutsConfig {
  std::uint64_t client_head_ms = 60'000;
  std::uint64_t client_keep_alive_ms = 75'000;
  std::uint64_t client_body_ms = 60'000;
  std::uint64_t origin_connect_ms = 5'000;
  std::uint64_t origin_response_ms = 60'000;
  std::uint64_t origin_body_ms = 60'000;
  std::uint64_t origin_idle_ms = 60'000;
  std::uint64_t drain_ms = 30'000;
};

/// brink.json, with defaults for what it leaves out. A plain value: read once at start, then
/// constant. What each key means, its bounds and its unit are declared in config_keys.cc;
/// docs/configuration.md is made from there.
struct Config {
  std::string listen = "127.0.0.1:8080";
  OriginConfig origin;
  std::uint64_t workers = 1;
  std::uint64_t spares = 1;
  std::string access_log = "-";  ///< "-": standard output; "off"; else a file's path
  LogLevel log_level = LogLevel::kInfo;
  bool trust_forwarded = false;
  LimitsConfig limits;
  TimeoutsConfig timeouts;
};

/// Parses the text of a brink.json. `file_name` is what messages call it. Errors are kConfigSyntax
/// and kConfigInvalid, and start with "file:line:column: ".
Result<Config> parse_config(std::string_view json, std::string_view file_name);

/// Reads and parses the file. kConfigInvalid when it cannot be read.
Result<Config> load_config(const std::string& path);

/// Sets one key ("origin", "limits.cpu_ms") from a command-line value, with the checks of the file.
/// `option` is what messages call it: "--origin".
Result<void> override_config(Config& config, std::string_view key, std::string_view value,
                             std::string_view option);

std::string_view log_level_name(LogLevel level);

}  // namespace brink
