#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/url/target.h"

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
  std::uint64_t concurrent_subrequests = 6;
  std::uint64_t streams = 100;
  std::uint64_t timers = 1'000;
  std::uint64_t request_body_bytes = 10 * 1024 * 1024;
  std::uint64_t request_head_bytes = 32 * 1024;
  std::uint64_t response_head_bytes = 32 * 1024;
  std::uint64_t log_bytes = 256 * 1024;
  std::uint64_t log_bytes_per_second = 1024 * 1024;
};

struct TimeoutsConfig {
  std::uint64_t client_head_ms = 60'000;
  std::uint64_t client_keep_alive_ms = 75'000;
  std::uint64_t client_body_ms = 60'000;
  std::uint64_t client_body_min_rate = 100;  ///< bytes a second; 0: any
  std::uint64_t origin_connect_ms = 5'000;
  std::uint64_t origin_response_ms = 60'000;
  std::uint64_t origin_body_ms = 60'000;
  std::uint64_t origin_idle_ms = 60'000;
  std::uint64_t script_body_ms = 60'000;
  std::uint64_t drain_ms = 30'000;
};

/// What fetch() and rewrites may reach besides the origin. The lists hold what EgressRule and
/// PortRange can parse.
struct EgressConfig {
  bool allow_private = false;
  std::vector<std::string> allow;
  std::vector<std::string> deny;
  std::vector<std::string> ports;  ///< empty: every port
};

/// A variable of an app: process.env[name] in its scripts.
struct EnvVariable {
  std::string name;
  std::string value;
  bool operator==(const EnvVariable&) const = default;
};

/// The most bytes that one app's variables may have, names and values together.
inline constexpr std::size_t kMaxEnv_bytes = 32 * 1024;

/// The settings of one app, or of the front, with defaults for what brink.json leaves out. A plain
/// value: read once at start, then constant. What each key means, its bounds and its unit are
/// declared in config_keys.cc; docs/configuration.md is made from there.
struct Config {
  std::string name;        ///< of the app; empty: the one app of a file without apps
  std::string root = ".";  ///< the app's folder, relative to brink.json
  std::vector<std::string> hosts = {"*"};  ///< canonical: "example.com", "*.example.com", "*"
  std::vector<std::string> paths = {"/"};  ///< prefixes of whole segments: "/", "/blog"
  std::vector<EnvVariable> env;            ///< no name twice

  std::string listen = "127.0.0.1:8080";
  OriginConfig origin;
  std::uint64_t cells = 1;  ///< 0: one for each core ("auto")
  bool pin_cells = false;
  std::uint64_t workers = 1;
  std::uint64_t min_workers = 0;
  std::uint64_t worker_idle_ms = 60'000;
  std::uint64_t spares = 1;
  std::uint64_t max_connections = 0;              ///< 0: as many as there are descriptors for
  std::uint64_t max_connections_per_address = 0;  ///< 0: any number
  std::uint64_t max_buffered_mb = 0;              ///< 0: a quarter of the machine's memory
  std::string access_log = "-";  ///< "-": standard output; "off"; else a file's path
  LogLevel log_level = LogLevel::kInfo;
  bool error_detail = false;
  bool trust_forwarded = false;
  bool underscores_in_headers = false;
  url::EscapedSlashes escaped_slashes = url::EscapedSlashes::kKeep;
  bool allow_eval = false;
  bool frozen_clock = false;
  bool isolate_requests = false;  ///< "isolation": "request"
  bool require_jail = false;
  LimitsConfig limits;
  TimeoutsConfig timeouts;
  EgressConfig egress;
};

/// A whole brink.json.
struct Deployment {
  Config front;              ///< what stands at the top: the front's settings, the apps' defaults
  std::vector<Config> apps;  ///< at least one; no two have a name, or a host and path, in common
};

/// A command-line option that sets a key at the top of the file.
struct ConfigOverride {
  std::string_view key;    ///< "origin", "limits.cpu_ms"
  std::string_view value;  ///< as typed
  std::string_view name;   ///< "--origin", for messages
};

/// Parses the text of a brink.json; a file without "apps" has one, with the front's settings.
/// `file_name` is what messages call it. Errors are kConfigSyntax and kConfigInvalid, and start
/// with "file:line:column: "; kUsage for a wrong override.
Result<Deployment> parse_config(std::string_view json, std::string_view file_name,
                                std::span<const ConfigOverride> overrides = {});

/// Reads and parses the file. kConfigInvalid when it cannot be read.
Result<Deployment> load_config(const std::string& path,
                               std::span<const ConfigOverride> overrides = {});

/// Sets one key ("origin", "limits.cpu_ms") from a command-line value, with the checks of the file.
/// `option` is what messages call it: "--origin".
Result<void> override_config(Config& config, std::string_view key, std::string_view value,
                             std::string_view option);

std::string_view log_level_name(LogLevel level);

}  // namespace brink
