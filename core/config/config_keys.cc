#include "core/config/config_keys.h"

#include <ada.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace brink {
namespace {

using Kind = ConfigKey::Kind;
using Problem = std::optional<std::string>;

constexpr std::array<std::string_view, 4> kLogLevels = {"debug", "info", "warn", "error"};
constexpr std::uint64_t kHour_ms = 3'600'000;
constexpr std::uint64_t kMiB = 1024 * 1024;

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size();
}

Problem set_listen(Config& config, std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool unix_socket = text.starts_with("unix:") && text.size() > 5;
  const std::string_view host = text.substr(0, colon == text.npos ? 0 : colon);
  const bool host_ok = host.find(':') == host.npos || (host.front() == '[' && host.back() == ']');
  if (text.find('\0') != text.npos ||
      (!unix_socket && (colon == text.npos || !host_ok || !is_port(text.substr(colon + 1))))) {
    return "must be an address with a port (\"127.0.0.1:8080\", \"[::1]:8080\", \":8080\") or "
           "\"unix:/path\"";
  }
  config.listen = text;
  return std::nullopt;
}

Problem set_origin(Config& config, std::string_view text) {
  const ada::result<ada::url_aggregator> url = ada::parse(text);
  if (url && url->get_protocol() == "https:") {
    return "is an https URL, which is not supported yet; use http";
  }
  if (!url || url->get_protocol() != "http:" || !text.contains("//")) {
    return "must be a URL like \"http://localhost:3000\"";
  }
  if (url->has_credentials() || url->has_search() || url->has_hash() ||
      url->get_pathname() != "/") {
    return "must be scheme, host and port only, like \"http://localhost:3000\"";
  }
  OriginConfig origin;
  origin.host = url->get_hostname();
  origin.authority = url->get_host();
  if (origin.host.starts_with('[')) origin.host = origin.host.substr(1, origin.host.size() - 2);
  if (const std::string_view port = url->get_port(); !port.empty()) {
    std::from_chars(port.data(), port.data() + port.size(), origin.port);
  }
  if (origin.port == 0) return "must not have port 0";
  config.origin = std::move(origin);
  return std::nullopt;
}

std::string origin_text(const Config& config) {
  return config.origin.configured() ? "http://" + config.origin.authority : std::string();
}

Problem set_access_log(Config& config, std::string_view text) {
  if (text.empty() || text.contains('\0')) return "must be \"-\", \"off\" or the path of a file";
  config.access_log = text;
  return std::nullopt;
}

Problem set_log_level(Config& config, std::string_view text) {
  const auto found = std::ranges::find(kLogLevels, text);
  if (found == kLogLevels.end()) return "must be \"debug\", \"info\", \"warn\" or \"error\"";
  config.log_level = static_cast<LogLevel>(found - kLogLevels.begin());
  return std::nullopt;
}

// A key of kind kInteger.
constexpr ConfigKey integer(std::string_view path, std::uint64_t& (*access)(Config&),
                            std::uint64_t min, std::uint64_t max, std::string_view unit,
                            std::optional<ErrorCode> error, std::string_view summary) {
  return {.path = path,
          .kind = Kind::kInteger,
          .summary = summary,
          .min = min,
          .max = max,
          .unit = unit,
          .error = error,
          .integer = access};
}

constexpr std::optional<ErrorCode> kNoError = std::nullopt;

// clang-format off
const ConfigKey kKeys[] = {
    {.path = "listen", .kind = Kind::kText,
     .summary = "The address brink listens on: host and port, or `unix:/path`. Port 0 takes a free one.",
     .example = "0.0.0.0:80",
     .set_text = set_listen, .text = [](const Config& c) { return c.listen; }},
    {.path = "origin", .kind = Kind::kText,
     .summary = "The http server that gets every request which no script answers. Without it such a request is answered 404.",
     .example = "http://localhost:3000",
     .set_text = set_origin, .text = origin_text},
    integer("workers", [](Config& c) -> auto& { return c.workers; }, 1, 256, "", kNoError,
            "Worker processes that run the app's code side by side."),
    integer("spares", [](Config& c) -> auto& { return c.spares; }, 0, 64, "", kNoError,
            "Started worker processes kept in hand, to replace one that ends."),
    {.path = "access_log", .kind = Kind::kText,
     .summary = "Where one JSON line per request goes: `-` is standard output, `off` is nowhere, else a file's path. SIGHUP and SIGUSR1 open the file again.",
     .example = "/var/log/brink/access.log",
     .set_text = set_access_log, .text = [](const Config& c) { return c.access_log; }},
    {.path = "log_level", .kind = Kind::kText,
     .summary = "The least level of brink's own log, on standard error.",
     .choices = kLogLevels, .example = "warn",
     .set_text = set_log_level,
     .text = [](const Config& c) { return std::string(log_level_name(c.log_level)); }},
    {.path = "trust_forwarded", .kind = Kind::kBoolean,
     .summary = "Set it only behind another proxy: X-Forwarded-For, -Host and -Proto of the client are kept, and its address is appended. Otherwise they are replaced.",
     .boolean = [](Config& c) -> bool& { return c.trust_forwarded; }},

    integer("limits.cpu_ms", [](Config& c) -> auto& { return c.limits.cpu_ms; }, 1, 60'000, "ms", ErrorCode::kCpuLimit,
            "CPU time that a script may use for one request, all its turns together."),
    integer("limits.wall_ms", [](Config& c) -> auto& { return c.limits.wall_ms; }, 1, kHour_ms, "ms", ErrorCode::kWallLimit,
            "Time from the start of a script to the head of its response."),
    integer("limits.memory_mb", [](Config& c) -> auto& { return c.limits.memory_mb; }, 16, 4'095, "MiB", ErrorCode::kMemoryLimit,
            "Memory of one worker: its heap and its array buffers."),
    integer("limits.start_cpu_ms", [](Config& c) -> auto& { return c.limits.start_cpu_ms; }, 10, 60'000, "ms", ErrorCode::kStartLimit,
            "CPU time that loading all of the app's modules may take."),
    integer("limits.subrequests", [](Config& c) -> auto& { return c.limits.subrequests; }, 0, 10'000, "", ErrorCode::kSubrequestLimit,
            "fetch() calls that one request may make, redirects included."),
    integer("limits.request_body_bytes", [](Config& c) -> auto& { return c.limits.request_body_bytes; }, 0, 1024 * kMiB, "bytes", ErrorCode::kBodyTooLarge,
            "Bytes of a request's body that a script may read. Bodies that no script reads have no limit."),
    integer("limits.request_head_bytes", [](Config& c) -> auto& { return c.limits.request_head_bytes; }, 1'024, 48 * 1'024, "bytes", ErrorCode::kHeadTooLarge,
            "Bytes of the request line and the headers together."),

    integer("timeouts.client_head_ms", [](Config& c) -> auto& { return c.timeouts.client_head_ms; }, 1, kHour_ms, "ms", ErrorCode::kRequestTimeout,
            "From the first byte of a request to the end of its headers."),
    integer("timeouts.client_keep_alive_ms", [](Config& c) -> auto& { return c.timeouts.client_keep_alive_ms; }, 1, kHour_ms, "ms", kNoError,
            "How long a client's connection stays open between requests."),
    integer("timeouts.client_body_ms", [](Config& c) -> auto& { return c.timeouts.client_body_ms; }, 1, kHour_ms, "ms", ErrorCode::kRequestTimeout,
            "Silence of a client within a body that it sends or receives."),
    integer("timeouts.origin_connect_ms", [](Config& c) -> auto& { return c.timeouts.origin_connect_ms; }, 1, kHour_ms, "ms", ErrorCode::kOriginConnectTimeout,
            "How long connecting to the origin, or to the target of a fetch(), may take."),
    integer("timeouts.origin_response_ms", [](Config& c) -> auto& { return c.timeouts.origin_response_ms; }, 1, kHour_ms, "ms", ErrorCode::kOriginTimeout,
            "From the request sent to the head of the response."),
    integer("timeouts.origin_body_ms", [](Config& c) -> auto& { return c.timeouts.origin_body_ms; }, 1, kHour_ms, "ms", ErrorCode::kOriginTimeout,
            "Silence of the origin within a body."),
    integer("timeouts.origin_idle_ms", [](Config& c) -> auto& { return c.timeouts.origin_idle_ms; }, 1, kHour_ms, "ms", kNoError,
            "How long a connection to the origin is kept without a request."),
    integer("timeouts.drain_ms", [](Config& c) -> auto& { return c.timeouts.drain_ms; }, 0, kHour_ms, "ms", kNoError,
            "How long running requests may take to finish after SIGTERM."),
};
// clang-format on

struct Section {
  std::string_view name;
  std::string_view summary;
};
constexpr Section kSections[] = {
    {"limits",
     "What a request may use. Passing a limit ends the request with the error code named."},
    {"timeouts", "How long brink waits for clients and origins."},
};

// Edits that turn one word into the other (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view ConfigKey::section() const {
  const std::size_t dot = path.find('.');
  return dot == path.npos ? std::string_view() : path.substr(0, dot);
}

std::string_view ConfigKey::name() const {
  const std::size_t dot = path.find('.');
  return dot == path.npos ? path : path.substr(dot + 1);
}

std::span<const ConfigKey> config_keys() { return kKeys; }

const ConfigKey* find_config_key(std::string_view path) {
  const auto* found = std::ranges::find(kKeys, path, &ConfigKey::path);
  return found == std::end(kKeys) ? nullptr : found;
}

std::optional<std::string_view> config_section_summary(std::string_view section) {
  const auto* found = std::ranges::find(kSections, section, &Section::name);
  if (found == std::end(kSections)) return std::nullopt;
  return found->summary;
}

std::string suggest_config_key(std::string_view section, std::string_view name) {
  if (name.size() > 64) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  const auto consider = [&](std::string_view candidate, std::size_t distance) {
    if (distance < best_distance) best = candidate, best_distance = distance;
  };
  for (const ConfigKey& key : kKeys) {
    if (key.section() == section) {
      consider(key.name(), edit_distance(name, key.name()));
    } else if (key.name() == name) {
      consider(key.path, 0);  // right key, wrong section
    }
  }
  if (section.empty()) {
    for (const Section& s : kSections) consider(s.name, edit_distance(name, s.name));
  }
  return best.empty() ? std::string() : ", did you mean \"" + std::string(best) + "\"?";
}

std::string describe_config_value(const ConfigKey& key) {
  switch (key.kind) {
    case Kind::kText:
      return "a string";
    case Kind::kBoolean:
      return "true or false";
    case Kind::kInteger:
      break;
  }
  std::string text =
      "a whole number from " + std::to_string(key.min) + " to " + std::to_string(key.max);
  if (!key.unit.empty()) text.append(" (").append(key.unit).append(")");
  return text;
}

std::string_view log_level_name(LogLevel level) {
  return kLogLevels[static_cast<std::size_t>(level)];
}

}  // namespace brink
