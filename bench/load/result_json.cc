#include "bench/load/result_json.h"

#include <cmath>
#include <format>

namespace brink::load {
namespace {

// Comma-separated members or elements.
class List {
 public:
  explicit List(char open) : text_(1, open) {}

  void add(std::string_view item) {
    if (text_.size() > 1) text_ += ',';
    text_ += item;
  }
  void add(std::string_view name, std::string_view value) {
    add(std::format("\"{}\":{}", name, value));
  }
  void add(std::string_view name, std::uint64_t value) { add(name, std::to_string(value)); }
  void add(std::string_view name, double value) {
    add(name, std::isfinite(value) ? std::format("{:.6g}", value) : "null");
  }
  std::string end() {
    text_ += text_.front() == '{' ? '}' : ']';
    return std::move(text_);
  }

 private:
  std::string text_;
};

double seconds_of(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

std::string histogram_json(const LatencyHistogram& histogram) {
  constexpr std::pair<std::string_view, double> kPercentiles[] = {
      {"p50", 50}, {"p75", 75},     {"p90", 90},      {"p95", 95},
      {"p99", 99}, {"p99_9", 99.9}, {"p99_99", 99.99}};
  List object('{');
  object.add("min", histogram.min_us());
  object.add("mean", histogram.mean_us());
  object.add("stddev", histogram.stddev_us());
  for (const auto& [name, percent] : kPercentiles) {
    object.add(name, histogram.percentile_us(percent));
  }
  object.add("max", histogram.max_us());
  object.add("count", histogram.count());
  List buckets('[');
  for (const auto& [value_us, count] : histogram.buckets()) {
    buckets.add(std::format("[{},{}]", value_us, count));
  }
  object.add("histogram", buckets.end());
  return object.end();
}

std::string per_second_json(const SecondSeries& series) {
  List list('[');
  std::uint64_t t = 0;
  for (const SecondSeries::Second& second : series.seconds()) {
    List object('{');
    object.add("t", t++);
    object.add("responses", second.responses);
    object.add("errors", second.errors);
    object.add("p50_us", percentile_us(second, 50));
    object.add("p99_us", percentile_us(second, 99));
    list.add(object.end());
  }
  return list.end();
}

std::string errors_json(const Statistics& statistics) {
  List errors('{');
  for (std::size_t i = 0; i < kFailureKinds; ++i) {
    errors.add(kFailureNames[i], statistics.failures[i]);
  }
  errors.add("status", statistics.wrong_status);
  errors.add("unsent", statistics.unsent);
  return errors.end();
}

std::string first_errors_json(const Statistics& statistics) {
  List list('{');
  for (std::size_t i = 0; i < kFailureKinds; ++i) {
    if (statistics.first_failures[i].empty()) continue;
    list.add(kFailureNames[i], json_string(statistics.first_failures[i]));
  }
  return list.end();
}

std::string statuses_json(const Statistics& statistics) {
  List list('{');
  for (std::size_t status = 0; status < statistics.statuses.size(); ++status) {
    if (statistics.statuses[status] == 0) continue;
    list.add(std::to_string(status), statistics.statuses[status]);
  }
  return list.end();
}

std::string lateness_json(const LatencyHistogram& lateness) {
  List object('{');
  object.add("p50", lateness.percentile_us(50));
  object.add("p99", lateness.percentile_us(99));
  object.add("max", lateness.max_us());
  return object.end();
}

std::string generator_json(const Statistics& statistics) {
  List object('{');
  object.add("cpu_us", statistics.cpu_us);
  object.add("busiest_thread", statistics.busiest_thread);
  object.add("longest_queue", statistics.longest_queue);
  return object.end();
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      quoted += std::format("\\u{:04x}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string result_json(const BenchOptions& options, const Statistics& statistics) {
  const LoadOptions& load = options.load;
  const bool open = load.rate_per_s > 0;
  const bool poisson = load.arrivals == ArrivalKind::kPoisson;
  const double window_s = seconds_of(statistics.window_ns);
  List object('{');
  object.add("version", std::uint64_t{1});
  object.add("tool", json_string("brink-bench " BRINK_VERSION));
  object.add("url", json_string(options.targets.front().href));
  object.add("mode", open ? "\"open\"" : "\"closed\"");
  object.add("connections", load.connections);
  object.add("threads", options.threads);
  if (open) {
    object.add("rate", load.rate_per_s);
  } else {
    object.add("rate", "null");
  }
  object.add("arrivals", !open ? "null" : poisson ? "\"poisson\"" : "\"constant\"");
  object.add("duration_s", window_s);
  object.add("warmup_s", seconds_of(load.warmup_ns));
  object.add("interrupted", statistics.interrupted ? "true" : "false");
  object.add("requests", statistics.requests);
  object.add("responses", statistics.responses);
  object.add("errors", errors_json(statistics));
  object.add("first_errors", first_errors_json(statistics));
  object.add("status", statuses_json(statistics));
  object.add("bytes_read", statistics.bytes_read);
  object.add("bytes_written", statistics.bytes_written);
  object.add("rps",
             window_s > 0 ? static_cast<double>(statistics.window_responses) / window_s : 0.0);
  object.add("latency_us", histogram_json(statistics.latency));
  object.add("service_us", histogram_json(statistics.service));
  object.add("lateness_us", lateness_json(statistics.lateness));
  object.add("generator", generator_json(statistics));
  object.add("per_second", per_second_json(statistics.seconds));
  return object.end() + '\n';
}

}  // namespace brink::load
