#include "bench/load/progress.h"

#include <unistd.h>

#include <cstdio>
#include <format>
#include <string>

#include "bench/load/result_text.h"

namespace brink::load {

Progress::Progress(EventLoop& loop, const std::vector<std::unique_ptr<LoadMonitor>>& monitors,
                   const BenchOptions& options)
    : monitors_(monitors),
      load_(options.load),
      terminal_(::isatty(STDERR_FILENO) == 1),
      timer_(loop, [this] { draw(); }) {
  timer_.set_background(true);
  if (options.progress) timer_.start(1000, 1000);
}

Progress::~Progress() {
  if (drawn_ && terminal_) std::fputs("\r\x1b[K", stderr);
}

void Progress::draw() {
  std::uint64_t responses = 0;
  std::uint64_t errors = 0;
  bool running = true;
  for (const auto& monitor : monitors_) {
    responses += monitor->responses.load(std::memory_order_relaxed);
    errors += monitor->errors.load(std::memory_order_relaxed);
    running = running && monitor->running.load(std::memory_order_relaxed);
  }
  std::string line;
  if (!running) {
    line = std::format("connecting {} times", load_.connections);
  } else {
    ++seconds_;
    const std::uint64_t whole_s = (load_.warmup_ns + load_.duration_ns) / 1'000'000'000;
    const std::string of = load_.duration_ns == 0 ? "" : std::format("/{}", whole_s);
    line = std::format("{}{} s  {} responses/s", seconds_, of, responses - last_responses_);
    if (seconds_ * 1'000'000'000 <= load_.warmup_ns) line += "  (warming up)";
    const LoadMonitor& first = *monitors_.front();
    if (const auto p99_us = first.p99_us.load(std::memory_order_relaxed); p99_us != 0) {
      const auto p50_us = first.p50_us.load(std::memory_order_relaxed);
      line += std::format("  p50 {}  p99 {}", time_text(static_cast<double>(p50_us)),
                          time_text(static_cast<double>(p99_us)));
    }
    line += std::format("  {} errors", errors);
    last_responses_ = responses;
  }
  const char* const form = terminal_ ? "\r\x1b[K%s" : "%s\n";
  std::fprintf(stderr, form, line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace brink::load
