#include "core/config/config_keys.h"

#include <ada.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "core/base/spelling.h"
#include "core/config/app_keys.h"
#include "core/config/config_patterns.h"
#include "core/config/egress_rule.h"

namespace brink {
namespace {

using Kind = ConfigKey::Kind;
using Scope = ConfigKey::Scope;
using Problem = std::optional<std::string>;

constexpr std::array<std::string_view, 4> kLogLevels = {"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kIsolations = {"app", "request"};
constexpr std::array<std::string_view, 3> kEscapedSlashes = {"keep", "redirect", "reject"};
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
  // Scheme, host and port as they are meant to be written: a URL's parser takes much more.
  const std::size_t slashes = text.find("//");
  const std::size_t slash = slashes == text.npos ? 0 : text.find('/', slashes + 2);
  const bool plain = slashes != text.npos && text.find_first_of("\\ \t\r\n") == text.npos &&
                     (slash == text.npos || slash > slashes + 2);
  if (!url || url->get_protocol() != "http:" || !plain) {
    return "must be a URL like \"http://localhost:3000\"";
  }
  if (text.contains('@') || url->has_search() || url->has_hash() || url->get_pathname() != "/" ||
      (slash != text.npos && slash + 1 != text.size())) {
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

// Adds a list item of which T, its kind, can be made, as that writes it.
template <typename T>
Problem add_as(std::vector<std::string>& list, std::string_view text) {
  auto item = T::parse(text);
  if (!item) return std::move(item).error();
  list.push_back(item->canonical());
  return std::nullopt;
}

Problem set_isolation(Config& config, std::string_view text) {
  if (std::ranges::find(kIsolations, text) == kIsolations.end()) {
    return "must be \"app\" or \"request\"";
  }
  config.isolate_requests = text == kIsolations[1];
  return std::nullopt;
}

Problem set_escaped_slashes(Config& config, std::string_view text) {
  const auto found = std::ranges::find(kEscapedSlashes, text);
  if (found == kEscapedSlashes.end()) return "must be \"keep\", \"redirect\" or \"reject\"";
  config.escaped_slashes = static_cast<url::EscapedSlashes>(found - kEscapedSlashes.begin());
  return std::nullopt;
}

std::string escaped_slashes_text(const Config& config) {
  return std::string(kEscapedSlashes[static_cast<std::size_t>(config.escaped_slashes)]);
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

// The same key, for the front only.
constexpr ConfigKey front(ConfigKey key) {
  key.scope = Scope::kFront;
  return key;
}

// The same key, with a word for a value below its bounds.
constexpr ConfigKey or_word(ConfigKey key, std::string_view word) {
  key.word = word;
  return key;
}

constexpr std::optional<ErrorCode> kNoError = std::nullopt;

// clang-format off
const ConfigKey kKeys[] = {
    {.path = "name", .kind = Kind::kText, .scope = Scope::kApp,
     .summary = "The app's name, for logs: 1 to 63 of the characters a-z, 0-9 and `-`. Every app has one, each its own.",
     .example = "shop", .pattern = patterns::kAppName,
     .set_text = set_app_name, .text = [](const Config& c) { return c.name; }},
    {.path = "root", .kind = Kind::kText, .scope = Scope::kApp,
     .summary = "The app's folder, relative to that of `brink.json`.",
     .example = "apps/shop", .pattern = patterns::kAnyText,
     .set_text = set_app_root, .text = [](const Config& c) { return c.root; }},
    {.path = "hosts", .kind = Kind::kList, .scope = Scope::kApp,
     .summary = "The hosts that the app answers for, without a port: a name, `*.example.com` for all names below one, or `*` for all others.",
     .example = "shop.example.com", .pattern = patterns::kAppHost,
     .list = [](Config& c) -> auto& { return c.hosts; }, .add_item = add_app_host},
    {.path = "paths", .kind = Kind::kList, .scope = Scope::kApp,
     .summary = "The paths that the app answers for, as prefixes of whole segments: `/blog` is `/blog` and all below it. Written as they read decoded: without `%`, `?`, `#`, `\\`, empty or dot segments.",
     .example = "/blog", .pattern = patterns::kAppPath,
     .list = [](Config& c) -> auto& { return c.paths; }, .add_item = add_app_path},
    {.path = "listen", .kind = Kind::kText, .scope = Scope::kFront,
     .summary = "The address brink listens on: host and port, or `unix:/path`. Port 0 takes a free one.",
     .example = "0.0.0.0:80", .pattern = patterns::kListen,
     .set_text = set_listen, .text = [](const Config& c) { return c.listen; }},
    {.path = "origin", .kind = Kind::kText,
     .summary = "The http server that gets every request which no script answers. Without it such a request is answered 404.",
     .example = "http://localhost:3000", .pattern = patterns::kOrigin,
     .set_text = set_origin, .text = origin_text},
    or_word(front(integer("cells", [](Config& c) -> auto& { return c.cells; }, 1, 256, "", kNoError,
            "Fronts side by side, each with workers, spares and connections of its own; what is said of one front is said of each. `auto`: one for each core. See [cells.md](cells.md).")), "auto"),
    {.path = "pin_cells", .kind = Kind::kBoolean, .scope = Scope::kFront,
     .summary = "With several cells: keeps each, with its workers, on a core of its own, where it takes the connections whose packets that core handles. For network cards that spread connections over the cores. See [cells.md](cells.md#a-core-for-each-cell).",
     .boolean = [](Config& c) -> bool& { return c.pin_cells; }},
    integer("workers", [](Config& c) -> auto& { return c.workers; }, 1, 256, "", kNoError,
            "The most worker processes that run the app's code side by side, in each cell. They are started while requests wait for CPU time; more than the machine has cores is of no use."),
    integer("min_workers", [](Config& c) -> auto& { return c.min_workers; }, 0, 256, "", kNoError,
            "Workers that are kept even without requests. With 0, the first request after a while waits until a spare has loaded the app."),
    integer("worker_idle_ms", [](Config& c) -> auto& { return c.worker_idle_ms; }, 100, 24 * kHour_ms, "ms", kNoError,
            "How long a worker without a request is kept, beyond `min_workers`."),
    {.path = "env", .kind = Kind::kVariables,
     .summary = "What scripts find in `process.env`, 32 KiB at most. A name has letters, digits and `_`, and no digit first; a value is a string, or `{ \"from_env\": \"NAME\" }` for that of a variable that brink itself was started with. Nothing else of brink's environment reaches a script.",
     .example = R"({ "STAGE": "live", "API_KEY": { "from_env": "SHOP_API_KEY" } })", .pattern = patterns::kVariable,
     .set_variable = set_app_variable},
    {.path = "isolation", .kind = Kind::kText,
     .summary = "What the requests of a worker share: `app` is one global environment, kept from request to request; `request` gives each request a fresh one. See [isolation.md](isolation.md).",
     .choices = kIsolations, .example = "request",
     .set_text = set_isolation,
     .text = [](const Config& c) { return std::string(kIsolations[c.isolate_requests ? 1 : 0]); }},
    front(integer("spares", [](Config& c) -> auto& { return c.spares; }, 0, 64, "", kNoError,
            "Blank worker processes kept in hand, for an app that needs one and to replace one that ends.")),
    or_word(front(integer("max_connections", [](Config& c) -> auto& { return c.max_connections; }, 1, 1'000'000, "", ErrorCode::kConnectionLimit,
            "The most connections that clients may have, in each cell. `auto`: as many as there are file descriptors for (`ulimit -n`, `LimitNOFILE=`), less a quarter, at least 64, that is kept for origins and workers. Where one more comes, the one that has rested longest between two requests is closed; where none rests, the new one is.")), "auto"),
    or_word(front(integer("max_connections_per_address", [](Config& c) -> auto& { return c.max_connections_per_address; }, 1, 1'000'000, "", ErrorCode::kConnectionLimit,
            "The most connections that one client's address may have (of IPv6: one /64), in each cell. Not for a brink behind another proxy, whose address all clients have. More are closed at once.")), "any"),
    or_word(front(integer("max_buffered_mb", [](Config& c) -> auto& { return c.max_buffered_mb; }, 1, 1'048'576, "MiB", ErrorCode::kOverloaded,
            "The most memory for what waits to be written to clients and origins that are slow, in each cell. While it is used up, new requests are answered 503. `auto`: a quarter of the memory that brink may use. See [performance.md](performance.md#memory).")), "auto"),
    {.path = "access_log", .kind = Kind::kText, .scope = Scope::kFront,
     .summary = "Where one JSON line per request goes: `-` is standard output, `off` is nowhere, else a file's path. SIGHUP and SIGUSR1 open the file again.",
     .example = "/var/log/brink/access.log", .pattern = patterns::kAnyText,
     .set_text = set_access_log, .text = [](const Config& c) { return c.access_log; }},
    {.path = "log_level", .kind = Kind::kText, .scope = Scope::kFront,
     .summary = "The least level of brink's own log, on standard error.",
     .choices = kLogLevels, .example = "warn",
     .set_text = set_log_level,
     .text = [](const Config& c) { return std::string(log_level_name(c.log_level)); }},
    {.path = "trust_forwarded", .kind = Kind::kBoolean, .scope = Scope::kFront,
     .summary = "Set it only behind another proxy: X-Forwarded-For, -Host and -Proto of the client are kept, and its address is appended. Otherwise they are replaced, and what else proxies say of their clients is dropped. See [headers.md](headers.md).",
     .boolean = [](Config& c) -> bool& { return c.trust_forwarded; }},
    {.path = "underscores_in_headers", .kind = Kind::kBoolean,
     .summary = "Lets headers with `_` in their names pass. Otherwise they are dropped, as many applications can't tell `X_User` from `X-User`. See [headers.md](headers.md).",
     .boolean = [](Config& c) -> bool& { return c.underscores_in_headers; }},
    {.path = "escaped_slashes", .kind = Kind::kText, .scope = Scope::kFront,
     .summary = "What becomes of `%2F` and `%5C` in a request's path, which some origins read as slashes: `keep` leaves them in their segment, `redirect` answers 308 to the path with plain slashes, `reject` answers 400. See [middleware.md](middleware.md#which-paths-a-guard-sees).",
     .choices = kEscapedSlashes, .example = "redirect",
     .set_text = set_escaped_slashes, .text = escaped_slashes_text},
    {.path = "allow_eval", .kind = Kind::kBoolean,
     .summary = "Lets scripts run strings as code: `eval()`, `new Function()` and the like. Otherwise they throw an EvalError.",
     .boolean = [](Config& c) -> bool& { return c.allow_eval; }},
    {.path = "error_detail", .kind = Kind::kBoolean,
     .summary = "Error pages say what went wrong in detail: messages of scripts, addresses of origins. For whoever develops the app, not for the public, which gets a code and the request's id; the log has the rest.",
     .boolean = [](Config& c) -> bool& { return c.error_detail; }},
    {.path = "frozen_clock", .kind = Kind::kBoolean,
     .summary = "Time stands still while a script runs, and moves on only when it waits: Date and performance.now() then measure no computation, against timing attacks.",
     .boolean = [](Config& c) -> bool& { return c.frozen_clock; }},
    {.path = "require_jail", .kind = Kind::kBoolean, .scope = Scope::kFront,
     .summary = "Refuses to start unless every layer of the jail around the workers is in force; otherwise a missing one is logged. `brink check --jail` lists them.",
     .boolean = [](Config& c) -> bool& { return c.require_jail; }},

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
    integer("limits.concurrent_subrequests", [](Config& c) -> auto& { return c.limits.concurrent_subrequests; }, 1, 1'000, "", kNoError,
            "Calls of fetch() by one request that may wait for the head of their response at the same time. Further ones wait their turn."),
    integer("limits.streams", [](Config& c) -> auto& { return c.limits.streams; }, 1, 1'000, "", ErrorCode::kStreamLimit,
            "Calls of fetch() by one request that may be open at the same time: until the response's body is read to its end, cancelled or passed on."),
    integer("limits.timers", [](Config& c) -> auto& { return c.limits.timers; }, 0, 100'000, "", ErrorCode::kTimerLimit,
            "Timers that one request may have open at the same time."),
    integer("limits.request_body_bytes", [](Config& c) -> auto& { return c.limits.request_body_bytes; }, 0, 1024 * kMiB, "bytes", ErrorCode::kBodyTooLarge,
            "Bytes of a request's body that a script may read. Bodies that no script reads have no limit."),
    front(integer("limits.request_head_bytes", [](Config& c) -> auto& { return c.limits.request_head_bytes; }, 1'024, 48 * 1'024, "bytes", ErrorCode::kHeadTooLarge,
            "Bytes of the request line and the headers together.")),
    integer("limits.response_head_bytes", [](Config& c) -> auto& { return c.limits.response_head_bytes; }, 1'024, 48 * 1'024, "bytes", ErrorCode::kResponseHeadTooLarge,
            "Bytes of the headers of a script's response: names and values, and 4 for each."),
    integer("limits.log_bytes", [](Config& c) -> auto& { return c.limits.log_bytes; }, 0, 64 * kMiB, "bytes", ErrorCode::kLogLimit,
            "Bytes that one request may write to its console. The rest is dropped, and a last line says how much."),
    integer("limits.log_bytes_per_second", [](Config& c) -> auto& { return c.limits.log_bytes_per_second; }, 0, 1024 * kMiB, "bytes", ErrorCode::kLogLimit,
            "Bytes that all requests of an app may write to their consoles within a second. The rest is dropped, and a line says how much."),

    front(integer("timeouts.client_head_ms", [](Config& c) -> auto& { return c.timeouts.client_head_ms; }, 1, kHour_ms, "ms", ErrorCode::kRequestTimeout,
            "From the first byte of a request to the end of its headers.")),
    front(integer("timeouts.client_keep_alive_ms", [](Config& c) -> auto& { return c.timeouts.client_keep_alive_ms; }, 1, kHour_ms, "ms", kNoError,
            "How long a client's connection stays open between requests.")),
    front(integer("timeouts.client_body_ms", [](Config& c) -> auto& { return c.timeouts.client_body_ms; }, 1, kHour_ms, "ms", ErrorCode::kRequestTimeout,
            "Silence of a client within a body that it sends or receives.")),
    front(integer("timeouts.client_body_min_rate", [](Config& c) -> auto& { return c.timeouts.client_body_min_rate; }, 0, 1'000'000'000, "bytes/s", ErrorCode::kRequestTimeout,
            "The least pace of a request's body: it may take `client_body_ms`, and what it needs at this pace. Only the time in which brink reads counts. 0: any.")),
    integer("timeouts.origin_connect_ms", [](Config& c) -> auto& { return c.timeouts.origin_connect_ms; }, 1, kHour_ms, "ms", ErrorCode::kOriginConnectTimeout,
            "How long connecting to the origin, or to the target of a fetch(), may take."),
    integer("timeouts.origin_response_ms", [](Config& c) -> auto& { return c.timeouts.origin_response_ms; }, 1, kHour_ms, "ms", ErrorCode::kOriginTimeout,
            "From the request sent to the head of the response."),
    integer("timeouts.origin_body_ms", [](Config& c) -> auto& { return c.timeouts.origin_body_ms; }, 1, kHour_ms, "ms", ErrorCode::kOriginTimeout,
            "Silence of the origin within a body."),
    integer("timeouts.origin_idle_ms", [](Config& c) -> auto& { return c.timeouts.origin_idle_ms; }, 1, kHour_ms, "ms", kNoError,
            "How long a connection to the origin is kept without a request."),
    integer("timeouts.script_body_ms", [](Config& c) -> auto& { return c.timeouts.script_body_ms; }, 1, kHour_ms, "ms", ErrorCode::kWallLimit,
            "Silence of a script within a body that it streams, while the client could take more. Server-sent events need a comment line more often than this."),
    front(integer("timeouts.drain_ms", [](Config& c) -> auto& { return c.timeouts.drain_ms; }, 0, kHour_ms, "ms", kNoError,
            "How long running requests may take to finish after SIGTERM.")),

    {.path = "egress.allow_private", .kind = Kind::kBoolean,
     .summary = "Lets fetch() and rewrites reach this machine and private networks: loopback, private, shared (CGNAT) and unique local addresses. Link-local ones, where clouds serve their secrets, need an entry in `allow`.",
     .boolean = [](Config& c) -> bool& { return c.egress.allow_private; }},
    {.path = "egress.allow", .kind = Kind::kList,
     .summary = "Hosts, addresses and blocks that may be reached although they are not public, and whatever `ports` has; each with or without a port: `cache.internal`, `*.example.com`, `10.0.0.0/8:8080`, `[::1]:3000`.",
     .example = "cache.internal:8080", .pattern = patterns::kEgress,
     .list = [](Config& c) -> auto& { return c.egress.allow; }, .add_item = add_as<EgressRule>},
    {.path = "egress.deny", .kind = Kind::kList,
     .summary = "Hosts, addresses and blocks that may not be reached, in the same forms. Wins over the other keys, but not over `origin`.",
     .example = "203.0.113.0/24", .pattern = patterns::kEgress,
     .list = [](Config& c) -> auto& { return c.egress.deny; }, .add_item = add_as<EgressRule>},
    {.path = "egress.ports", .kind = Kind::kList,
     .summary = "Ports and ranges of ports that a target which `allow` does not name may have. Empty: every port. Never those that the Fetch standard blocks.",
     .example = "8000-8999", .pattern = patterns::kPorts,
     .list = [](Config& c) -> auto& { return c.egress.ports; }, .add_item = add_as<PortRange>},
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
    {"egress",
     "What fetch() and rewrites may reach besides the origin, which they always may: see "
     "[egress.md](egress.md). The rest is refused with BRINK_FETCH_FORBIDDEN."},
};

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
    consider("apps", edit_distance(name, "apps"));
  }
  return best.empty() ? std::string() : ", did you mean \"" + std::string(best) + "\"?";
}

std::string describe_config_value(const ConfigKey& key) {
  switch (key.kind) {
    case Kind::kText:
      return "a string";
    case Kind::kBoolean:
      return "true or false";
    case Kind::kList:
      return "a list of strings, such as [\"" + std::string(key.example) + "\"]";
    case Kind::kVariables:
      return "an object of strings: " + std::string(key.example);
    case Kind::kInteger:
      break;
  }
  std::string text =
      "a whole number from " + std::to_string(key.min) + " to " + std::to_string(key.max);
  if (!key.unit.empty()) text.append(" (").append(key.unit).append(")");
  if (!key.word.empty()) text.append(", or \"").append(key.word).append("\"");
  return text;
}

std::string_view log_level_name(LogLevel level) {
  return kLogLevels[static_cast<std::size_t>(level)];
}

}  // namespace brink
