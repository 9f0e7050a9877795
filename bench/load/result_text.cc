#include "bench/load/result_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <format>
#include <string_view>
#include <utility>
#include <vector>

namespace brink::load {
namespace {

constexpr std::size_t kBars = 12;
constexpr std::size_t kBarWidth = 40;
// From here on the figures say as much about the generator as about the server.
constexpr double kBusyThread = 0.9;
constexpr std::uint64_t kLateUs = 1000;

std::string scaled(double value, std::string_view unit) {
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return std::format("{:.{}f} {}", value, decimals, unit);
}

double ratio(std::uint64_t a, double b) { return b > 0 ? static_cast<double>(a) / b : 0; }

double window_s(const Statistics& statistics) {
  return static_cast<double>(statistics.window_ns) / 1e9;
}

void add_heading(std::string& text, const BenchOptions& options, const Statistics& statistics) {
  const LoadOptions& load = options.load;
  text += std::format("{}  {:.1f} s", options.targets.front().href, window_s(statistics));
  if (load.warmup_ns > 0) {
    text += std::format(" after {:.1f} s of warm-up", static_cast<double>(load.warmup_ns) / 1e9);
  }
  if (statistics.interrupted) text += ", interrupted";
  text += load.rate_per_s == 0
              ? "\nclosed loop"
              : std::format("\nopen loop, {:g} requests/s ({})", load.rate_per_s,
                            load.arrivals == ArrivalKind::kPoisson ? "Poisson" : "constant");
  text += std::format(", {} connection{}", load.connections, load.connections == 1 ? "" : "s");
  if (!load.keep_alive) text += ", a new one for each request";
  if (options.threads > 1) text += std::format(", {} threads", options.threads);
  text += "\n\n";
}

void add_totals(std::string& text, const Statistics& statistics) {
  const double seconds = window_s(statistics);
  text += std::format("  responses  {} ({:.1f}/s)\n", statistics.responses,
                      ratio(statistics.window_responses, seconds));
  text += std::format("  read       {} ({}/s)\n",
                      bytes_text(static_cast<double>(statistics.bytes_read)),
                      bytes_text(ratio(statistics.bytes_read, seconds)));
  text += std::format("  written    {} ({}/s)\n",
                      bytes_text(static_cast<double>(statistics.bytes_written)),
                      bytes_text(ratio(statistics.bytes_written, seconds)));
  text += "  status    ";
  for (std::size_t status = 0; status < statistics.statuses.size(); ++status) {
    if (const std::uint64_t count = statistics.statuses[status]; count > 0) {
      text += std::format(" {}: {} ", status, count);
    }
  }
  text += "\n  errors     ";
  const std::uint64_t errors =
      statistics.failure_count() + statistics.wrong_status + statistics.unsent;
  text += errors == 0 ? "none\n" : std::format("{} of {} requests\n", errors, statistics.requests);
  for (std::size_t i = 0; i < kFailureKinds; ++i) {
    if (statistics.failures[i] == 0) continue;
    text += std::format("    {:<9}{}  ({})\n", kFailureNames[i], statistics.failures[i],
                        statistics.first_failures[i]);
  }
  if (statistics.wrong_status > 0) {
    text += std::format("    status   {}  (another than expected)\n", statistics.wrong_status);
  }
  if (statistics.unsent > 0) {
    text += std::format("    unsent   {}  (due, but no connection was free until the end)\n",
                        statistics.unsent);
  }
}

void add_percentiles(std::string& text, const BenchOptions& options, const Statistics& statistics) {
  constexpr std::array<std::pair<std::string_view, double>, 7> kPercentiles = {{{"p50", 50},
                                                                                {"p75", 75},
                                                                                {"p90", 90},
                                                                                {"p95", 95},
                                                                                {"p99", 99},
                                                                                {"p99.9", 99.9},
                                                                                {"p99.99", 99.99}}};
  const bool open = options.load.rate_per_s > 0;
  text += open ? "\n  latency     from due      from sent\n" : "\n  latency\n";
  const auto row = [&](std::string_view name, double latency_us, double service_us) {
    text += std::format("    {:<8}{:>9}", name, time_text(latency_us));
    text += open ? std::format("{:>15}\n", time_text(service_us)) : "\n";
  };
  const LatencyHistogram& latency = statistics.latency;
  const LatencyHistogram& service = statistics.service;
  row("min", static_cast<double>(latency.min_us()), static_cast<double>(service.min_us()));
  for (const auto& [name, percent] : kPercentiles) {
    row(name, static_cast<double>(latency.percentile_us(percent)),
        static_cast<double>(service.percentile_us(percent)));
  }
  row("max", static_cast<double>(latency.max_us()), static_cast<double>(service.max_us()));
  row("mean", latency.mean_us(), service.mean_us());
  row("stddev", latency.stddev_us(), service.stddev_us());
}

struct Bar {
  double up_to_us;
  std::uint64_t count = 0;
};

// From the fastest to p99.9 in steps of one ratio; the last bar holds what was slower.
std::vector<Bar> make_bars(const LatencyHistogram& histogram) {
  const double low = static_cast<double>(histogram.min_us());
  const double high = std::max(static_cast<double>(histogram.percentile_us(99.9)), low + 1);
  std::vector<Bar> bars;
  for (std::size_t i = 1; i <= kBars; ++i) {
    const double share = static_cast<double>(i) / kBars;
    bars.push_back({std::round(low * std::pow(high / low, share))});
  }
  bars.back().up_to_us = high;
  bars.push_back({static_cast<double>(histogram.max_us())});
  for (const auto& [value_us, count] : histogram.buckets()) {
    const auto bar = std::ranges::find_if(
        bars, [&](const Bar& one) { return static_cast<double>(value_us) <= one.up_to_us; });
    (bar == bars.end() ? bars.back() : *bar).count += count;
  }
  return bars;
}

void add_bars(std::string& text, const LatencyHistogram& histogram) {
  const std::vector<Bar> bars = make_bars(histogram);
  const std::uint64_t most = std::ranges::max_element(bars, {}, &Bar::count)->count;
  std::uint64_t so_far = 0;
  text += "\n  up to\n";
  for (const Bar& bar : bars) {
    if (bar.count == 0) continue;
    so_far += bar.count;
    const double share = static_cast<double>(bar.count) / static_cast<double>(most);
    const auto width = static_cast<std::size_t>(std::ceil(share * kBarWidth));
    std::string drawn;
    for (std::size_t i = 0; i < width; ++i) drawn += "▆";
    drawn.append(kBarWidth - width, ' ');
    text += std::format("    {:>9}  {} {:>9}  {:6.2f} %\n", time_text(bar.up_to_us), drawn,
                        bar.count, 100 * ratio(so_far, static_cast<double>(histogram.count())));
  }
}

void add_generator(std::string& text, const BenchOptions& options, const Statistics& statistics) {
  text += std::format(
      "\n  brink-bench itself: {} CPU a response, {:.0f} % of a core",
      time_text(ratio(statistics.cpu_us, static_cast<double>(statistics.window_responses))),
      100 * statistics.busiest_thread);
  if (options.load.rate_per_s > 0) {
    text += std::format(
        ";\n    late by {} (p99; at most {}); at most {} requests waited for a connection",
        time_text(static_cast<double>(statistics.lateness.percentile_us(99))),
        time_text(static_cast<double>(statistics.lateness.max_us())), statistics.longest_queue);
  }
  text += '\n';
  if (statistics.busiest_thread > kBusyThread) {
    text +=
        "    It was the limit, or shared its core: the server can do more than this. "
        "Try --threads.\n";
  } else if (statistics.lateness.percentile_us(99) > kLateUs) {
    text +=
        "    It did not get the CPU in time: the machine was busy, which the latencies contain.\n";
  }
}

}  // namespace

std::string time_text(double micros) {
  if (micros >= 999'500) return scaled(micros / 1e6, "s");
  if (micros >= 999.5) return scaled(micros / 1e3, "ms");
  return micros < 100 && micros != std::floor(micros) ? std::format("{:.1f} us", micros)
                                                      : std::format("{:.0f} us", micros);
}

std::string bytes_text(double bytes) {
  constexpr std::array<std::string_view, 4> kUnits = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return std::format("{:.0f} B", bytes);
  std::size_t unit = 0;
  for (bytes /= 1024; bytes >= 1024 && unit + 1 < kUnits.size(); bytes /= 1024) ++unit;
  return scaled(bytes, kUnits[unit]);
}

std::string result_text(const BenchOptions& options, const Statistics& statistics) {
  std::string text;
  add_heading(text, options, statistics);
  add_totals(text, statistics);
  if (statistics.latency.count() > 0) {
    add_percentiles(text, options, statistics);
    add_bars(text, statistics.latency);
    add_generator(text, options, statistics);
  }
  return text;
}

}  // namespace brink::load
