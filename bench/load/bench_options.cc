#include "bench/load/bench_options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <utility>

namespace brink::load {
namespace {

constexpr const char* kAbout =
    "Sends HTTP/1.1 requests to a server and says how long the answers took.\n"
    "Without --rate each connection sends its next request when the last one is answered (closed "
    "loop); with --rate requests are due at that rate, answered or not (open loop), and their "
    "latency counts from when they were due.";

constexpr const char* kExamples = R"(Examples:
  brink bench http://127.0.0.1:8080/                         64 connections for 10 s, as fast as it goes
  brink bench -c 256 -d 30s --warmup 2s http://127.0.0.1:8080/
  brink bench -R 2000 http://127.0.0.1:8080/                 2000 requests/s, Poisson arrivals
  brink bench -R 200 --requests mix.jsonl --json out.json https://shop.example/
  brink bench -m POST -H 'Content-Type: application/json' --data '{"a":1}' http://127.0.0.1:8080/api

A line of a mix: {"method":"POST","path":"/api","headers":{},"body":{},"weight":2,"expect":201}
Durations: 500ms, 10s, 2m, 1h; a plain number is seconds.
Exit codes: 0 fine, 1 some requests failed, 2 the command line is not valid, 3 nothing could be reached.
docs/benchmarking.md says how to read the figures.)";

// As they were typed.
struct Raw {
  std::vector<std::string> urls;
  std::size_t connections = 64;
  std::size_t threads = 1;
  std::string duration;
  std::string warmup = "0";
  std::string timeout = "10s";
  double rate = 0;
  std::string arrivals = "poisson";
  std::uint64_t requests_total = 0;
  std::uint64_t seed = 1;
  std::string method;
  std::vector<std::string> headers;
  std::string data;
  std::string data_file;
  std::string requests_file;
  std::uint16_t expect = 0;
  std::string ca_file;
  std::string json_file;
  bool no_keepalive = false;
  bool insecure = false;
  bool progress = false;
};

void add_load_options(CLI::App& app, Raw& raw) {
  app.add_option("-c,--connections", raw.connections, "Connections at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000))
      ->option_text("N [64]");
  app.add_option("-d,--duration", raw.duration, "How long to measure")->option_text("TIME [10s]");
  app.add_option("-n,--requests-total", raw.requests_total,
                 "Measure this many requests, however long it takes (unless -d is given, too)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->option_text("N");
  app.add_option("-R,--rate", raw.rate, "Open loop: requests a second, over all connections")
      ->check(CLI::Range(0.001, 1e7))
      ->option_text("N");
  app.add_option("--arrivals", raw.arrivals, "Open loop: poisson or constant gaps")
      ->check(CLI::IsMember({"poisson", "constant"}))
      ->option_text("KIND [poisson]");
  app.add_option("--seed", raw.seed, "The same seed gives the same arrivals and mix")
      ->option_text("N [1]");
  app.add_option("--warmup", raw.warmup, "Send for this long before measuring")
      ->option_text("TIME [0s]");
  app.add_option("--timeout", raw.timeout, "For a connection, and for an answer")
      ->option_text("TIME [10s]");
  app.add_option("-t,--threads", raw.threads,
                 "Threads to send from; one is enough for about 100,000 requests a second")
      ->check(CLI::Range(1, 256))
      ->option_text("N [1]");
}

void add_request_options(CLI::App& app, Raw& raw) {
  app.add_option("-m,--method", raw.method, "GET, or POST when there is a body")
      ->check([](const std::string& method) { return method.empty() ? "is empty" : ""; })
      ->option_text("METHOD");
  app.add_option("-H,--header", raw.headers, "'Name: value'; may be given again")
      ->option_text("HEADER")
      ->expected(1)
      ->take_all();
  CLI::Option* data = app.add_option("--data", raw.data, "The body")->option_text("TEXT");
  app.add_option("--data-file", raw.data_file, "The body is this file's content")
      ->option_text("FILE")
      ->excludes(data);
  app.add_option("--requests", raw.requests_file,
                 "A mix of requests: JSON Lines, or a JSON array; see below")
      ->option_text("FILE");
  app.add_option("--expect", raw.expect, "Any other status is an error [below 400]")
      ->check(CLI::Range(200, 599))
      ->option_text("STATUS");
  app.add_flag("--no-keepalive", raw.no_keepalive, "A new connection for every request");
  app.add_flag("-k,--insecure", raw.insecure, "Take any certificate");
  app.add_option("--cacert", raw.ca_file, "Take certificates that this PEM file vouches for")
      ->option_text("FILE");
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return fail(ErrorCode::kUsage, path + " cannot be read");
  return text;
}

Result<void> check_targets(const Raw& raw, BenchOptions& options) {
  for (const std::string& url : raw.urls) {
    auto target = parse_target(url);
    if (!target) return std::unexpected(std::move(target).error());
    if (!options.targets.empty() && !target->same_server(options.targets.front())) {
      return fail(ErrorCode::kUsage, "several URLs must be of one server; " + url + " is not");
    }
    options.targets.push_back(*std::move(target));
  }
  if (options.targets.size() > 1 && !raw.requests_file.empty()) {
    return fail(ErrorCode::kUsage, "with --requests give one URL, which names the server");
  }
  options.tls = {.server_name = options.targets.front().host,
                 .ca_file = raw.ca_file,
                 .insecure = raw.insecure};
  return {};
}

Result<void> check_requests(const Raw& raw, BenchOptions& options) {
  const Target& target = options.targets.front();
  RequestDefaults& defaults = options.defaults;
  defaults.host_header = target.host_header;
  defaults.path = target.path;
  defaults.method = raw.method;
  defaults.keep_alive = !raw.no_keepalive;
  defaults.expected_status = raw.expect;
  if (std::string why = objection_to({.method = raw.method}); !why.empty()) {
    return fail(ErrorCode::kUsage, std::move(why));
  }
  for (const std::string& line : raw.headers) {
    auto header = parse_header(line);
    if (!header) return std::unexpected(std::move(header).error());
    defaults.headers.push_back(*std::move(header));
  }
  if (!raw.data_file.empty()) {
    auto body = read_file(raw.data_file);
    if (!body) return std::unexpected(std::move(body).error());
    defaults.body = *std::move(body);
  } else {
    defaults.body = raw.data;
  }
  if (raw.requests_file.empty()) {
    for (const Target& one : options.targets) options.requests.push_back({.path = one.path});
    return {};
  }
  auto text = read_file(raw.requests_file);
  if (!text) return std::unexpected(std::move(text).error());
  auto requests = parse_requests(*text, raw.requests_file);
  if (!requests) return std::unexpected(std::move(requests).error());
  options.requests = *std::move(requests);
  return {};
}

Result<void> check_load(const Raw& raw, BenchOptions& options) {
  const bool until_total = raw.requests_total != 0 && raw.duration.empty();
  const std::array<std::pair<std::string, std::uint64_t*>, 3> durations = {{
      {raw.duration.empty() ? "10s" : raw.duration, &options.load.duration_ns},
      {raw.warmup, &options.load.warmup_ns},
      {raw.timeout, &options.load.timeout_ns},
  }};
  for (const auto& [text, value] : durations) {
    auto duration = parse_duration(text);
    if (!duration) return std::unexpected(std::move(duration).error());
    *value = *duration;
  }
  if (options.load.duration_ns == 0 || options.load.timeout_ns == 0) {
    return fail(ErrorCode::kUsage, "--duration and --timeout must be above 0");
  }
  if (until_total) options.load.duration_ns = 0;
  if (!std::isfinite(raw.rate)) return fail(ErrorCode::kUsage, "--rate must be a number");
  if (raw.threads > raw.connections) {
    return fail(ErrorCode::kUsage, "every thread needs a connection: --threads " +
                                       std::to_string(raw.threads) + " is more than -c " +
                                       std::to_string(raw.connections));
  }
  options.load.connections = raw.connections;
  options.load.rate_per_s = raw.rate;
  options.load.arrivals =
      raw.arrivals == "constant" ? ArrivalKind::kConstant : ArrivalKind::kPoisson;
  options.load.seed = raw.seed;
  options.load.max_requests = raw.requests_total;
  options.load.keep_alive = !raw.no_keepalive;
  options.threads = raw.threads;
  return {};
}

}  // namespace

Result<std::uint64_t> parse_duration(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, double>, 6> kUnits = {
      {{"", 1e9}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  const auto* unit = std::ranges::find(kUnits, std::string_view(rest, end),
                                       &std::pair<std::string_view, double>::first);
  const bool right = error == std::errc{} && unit != kUnits.end() && std::isfinite(value) &&
                     value >= 0 && value * unit->second < 1e18;
  if (!right) {
    return fail(ErrorCode::kUsage, "a duration is like 500ms, 10s or 2m, not '" + text + "'");
  }
  return static_cast<std::uint64_t>(value * unit->second);
}

Result<std::optional<BenchOptions>> parse_command_line(int argc, char** argv) {
  Raw raw;
  CLI::App app(kAbout, "brink bench");
  app.set_version_flag("--version", "brink-bench " BRINK_VERSION);
  app.footer(kExamples);
  app.get_formatter()->enable_footer_formatting(false);
  app.add_option("URL", raw.urls, "What to ask for; several of one server take turns at random")
      ->required()
      ->option_text("...");
  add_load_options(app, raw);
  add_request_options(app, raw);
  app.add_option("--json", raw.json_file, "Write all figures as JSON; - is standard output")
      ->option_text("FILE");
  app.add_flag("--progress", raw.progress, "A line a second on standard error, also to a file");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      return fail(ErrorCode::kUsage, std::string(error.what()) + "; brink bench --help shows how");
    }
    app.exit(error);  // --help, --version
    return std::nullopt;
  }
  BenchOptions options;
  options.defaults.has_body =
      app.get_option("--data")->count() > 0 || app.get_option("--data-file")->count() > 0;
  for (const auto check : {check_targets, check_requests, check_load}) {
    if (Result<void> checked = check(raw, options); !checked) {
      return std::unexpected(std::move(checked).error());
    }
  }
  options.json_file = raw.json_file;
  options.progress = raw.progress || ::isatty(STDERR_FILENO) == 1;
  return options;
}

}  // namespace brink::load
