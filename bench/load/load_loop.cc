#include "bench/load/load_loop.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace brink::load {
namespace {

// A server's listen queue holds a few hundred; what it drops comes again only after a second.
constexpr std::size_t kOpeningAtOnce = 128;

// Of the calling thread.
std::uint64_t cpu_time_us() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto micros = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(time.tv_usec);
  };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

std::uint64_t sweep_interval_ms(std::uint64_t timeout_ns) {
  return std::clamp<std::uint64_t>(timeout_ns / 16'000'000, 5, 100);
}

}  // namespace

LoadLoop::LoadLoop(EventLoop& loop, const LoadOptions& options, RequestMix mix,
                   const sockaddr_storage& address, TlsContext* tls, LoadMonitor& monitor)
    : loop_(loop),
      options_(options),
      mix_(std::move(mix)),
      monitor_(monitor),
      shared_{.loop = loop,
              .events = *this,
              .address = address,
              .tls = tls,
              .keep_alive = options.keep_alive},
      idle_(options.connections),
      sweep_timer_(loop, [this] { sweep(); }) {
  connections_.reserve(options.connections);
  for (std::size_t i = 0; i < options.connections; ++i) {
    connections_.push_back(std::make_unique<Connection>(shared_));
  }
}

LoadLoop::~LoadLoop() = default;

void LoadLoop::start() {
  const std::uint64_t interval_ms = sweep_interval_ms(options_.timeout_ns);
  sweep_timer_.start(interval_ms, interval_ms);
  if (options_.keep_alive) {
    open_more(uv_hrtime());
  } else {
    begin(uv_hrtime());
  }
}

// All connections first: the time that they take is no request's.
void LoadLoop::open_more(std::uint64_t now_ns) {
  if (opening_) return;  // one failed at once
  opening_ = true;
  while (opened_ < connections_.size() && opened_ - settled_ < kOpeningAtOnce) {
    connections_[opened_++]->open(now_ns);
  }
  opening_ = false;
  if (settled_ == connections_.size()) opened_all(now_ns);
}

void LoadLoop::opened_all(std::uint64_t now_ns) {
  if (stats_.reached) {
    // A connection that failed fails again, or not, with its first request, and counts then.
    stats_.failures = {};
    stats_.first_failures = {};
    begin(now_ns);
  } else {
    stats_.requests = stats_.failure_count();  // each connection stood for its first
    finish(now_ns);
  }
}

void LoadLoop::begin(std::uint64_t now_ns) {
  phase_ = Phase::kRunning;
  monitor_.running = true;
  window_begin_ns_ = now_ns + options_.warmup_ns;
  if (options_.duration_ns != 0) end_ns_ = window_begin_ns_ + options_.duration_ns;
  look_at_clock(now_ns);
  if (options_.rate_per_s == 0) {
    for (const auto& connection : connections_) go_on(*connection, now_ns);
    return;
  }
  pacer_.emplace(Arrivals(options_.arrivals, options_.rate_per_s, options_.seed, options_.phase),
                 now_ns, end_ns_, options_.max_waiting);
  auto timer = DueTimer::make(loop_, [this] { pump(uv_hrtime()); });
  if (!timer) {
    std::fprintf(stderr, "brink-bench: %s\n", timer.error().message.c_str());
    std::abort();
  }
  due_timer_ = *std::move(timer);
  hooks_ = std::make_unique<TurnHooks>(loop_, [this] { before_sleep(); });
  for (const auto& connection : connections_) idle_.push(connection.get());
  was_idle_ = true;
}

void LoadLoop::begin_window(std::uint64_t) {
  window_open_ = true;
  bytes_read_before_ = shared_.bytes_read;
  bytes_written_before_ = shared_.bytes_written;
  cpu_before_us_ = cpu_time_us();
  stats_.seconds.start(window_begin_ns_);
}

void LoadLoop::end_window(std::uint64_t now_ns) {
  window_over_ = true;
  if (!window_open_) return;  // ended while it was warming up
  const std::uint64_t end_ns = std::min(now_ns, end_ns_);
  stats_.window_ns = end_ns > window_begin_ns_ ? end_ns - window_begin_ns_ : 0;
  stats_.bytes_read = shared_.bytes_read - bytes_read_before_;
  stats_.bytes_written = shared_.bytes_written - bytes_written_before_;
  stats_.cpu_us = cpu_time_us() - cpu_before_us_;
  if (now_ns > window_begin_ns_) {
    stats_.busiest_thread =
        static_cast<double>(stats_.cpu_us) * 1000 / static_cast<double>(now_ns - window_begin_ns_);
  }
  stats_.seconds.finish(end_ns);
}

void LoadLoop::look_at_clock(std::uint64_t now_ns) {
  if (!window_open_ && now_ns >= window_begin_ns_) begin_window(now_ns);
  if (!window_over_ && now_ns >= end_ns_) end_window(now_ns);
}

bool LoadLoop::may_start(std::uint64_t now_ns) const {
  return phase_ == Phase::kRunning && now_ns < end_ns_ &&
         (options_.max_requests == 0 || stats_.requests < options_.max_requests);
}

void LoadLoop::start_request(Connection& connection, std::uint64_t due_ns, std::uint64_t now_ns) {
  ++busy_;
  if (is_measured(due_ns)) ++stats_.requests;
  connection.send(mix_.next(), due_ns, now_ns);
}

void LoadLoop::on_open(Connection&, std::uint64_t now_ns) {
  stats_.reached = true;
  refused_since_ns_ = 0;
  if (phase_ != Phase::kConnecting) return;
  ++settled_;
  open_more(now_ns);
}

void LoadLoop::on_answer(Connection& connection, std::uint16_t status, std::uint64_t now_ns) {
  --busy_;
  stats_.reached = true;
  refused_since_ns_ = 0;
  look_at_clock(now_ns);
  if (window_open_ && !window_over_) ++stats_.window_responses;
  const std::uint64_t due_ns = connection.due_ns();
  if (is_measured(due_ns)) {
    monitor_.responses.store(++stats_.responses, std::memory_order_relaxed);
    ++stats_.statuses[std::min<std::size_t>(status, stats_.statuses.size() - 1)];
    const std::uint16_t expected = connection.expected_status();
    const bool wrong = expected == 0 ? status >= 400 : status != expected;
    stats_.latency.record_ns(now_ns - due_ns);
    stats_.service.record_ns(now_ns - connection.started_ns());
    if (!window_over_) stats_.seconds.add_response(now_ns, now_ns - due_ns);
    if (wrong) {
      ++stats_.wrong_status;
      monitor_.errors.store(stats_.failure_count() + stats_.wrong_status,
                            std::memory_order_relaxed);
      if (!window_over_) stats_.seconds.add_error(now_ns);
    }
  }
  go_on(connection, now_ns);
}

void LoadLoop::on_failure(Connection& connection, FailureKind kind, std::string_view why,
                          bool was_busy, std::uint64_t now_ns) {
  if (phase_ == Phase::kDone) return;
  if (phase_ == Phase::kConnecting) {
    if (connection.was_ready()) return;  // is settled already; its first request connects anew
    count_failure(kind, why);
    ++settled_;
    return open_more(now_ns);
  }
  if (!was_busy) {
    // The server closed a connection at rest. The next request finds a new one, as it would with a
    // browser; unless the server takes none, which that request then tells.
    if (connection.answers() > 0) connection.open(now_ns);
    return;
  }
  --busy_;
  look_at_clock(now_ns);
  if (is_measured(connection.due_ns())) {
    count_failure(kind, why);
    if (!window_over_) stats_.seconds.add_error(now_ns);
  }
  if (kind != FailureKind::kConnect) {
    stats_.reached = true;
  } else if (refused_since_ns_ == 0) {
    refused_since_ns_ = now_ns;
  }
  if (pacer_) {
    idle_.push(&connection);  // for the next turn: a failure may come while requests are started
    finish_if_over(now_ns);
  } else if (kind == FailureKind::kConnect) {
    paused_.push_back(&connection);
    finish_if_over(now_ns);
  } else {
    go_on(connection, now_ns);
  }
}

void LoadLoop::count_failure(FailureKind kind, std::string_view why) {
  const auto index = static_cast<std::size_t>(kind);
  if (stats_.failures[index]++ == 0) stats_.first_failures[index] = why;
  monitor_.errors.store(stats_.failure_count() + stats_.wrong_status, std::memory_order_relaxed);
}

// What a connection does whose request is over.
void LoadLoop::go_on(Connection& connection, std::uint64_t now_ns) {
  if (pacer_) {
    if (connection.is_closed() && options_.keep_alive) connection.open(now_ns);
    idle_.push(&connection);
    pump(now_ns);
  } else if (may_start(now_ns)) {
    return start_request(connection, now_ns, now_ns);
  }
  finish_if_over(now_ns);
}

// Gives requests that are due to connections that are free.
void LoadLoop::pump(std::uint64_t now_ns) {
  if (phase_ != Phase::kRunning || !pacer_) return;
  Pacer& pacer = *pacer_;
  pacer.advance(now_ns);
  while (pacer.has_waiting() && !idle_.empty()) {
    if (options_.max_requests != 0 && stats_.requests >= options_.max_requests) {
      return pacer.stop();
    }
    const std::uint64_t due_ns = pacer.take();
    if (was_idle_ && is_measured(due_ns)) stats_.lateness.record_ns(now_ns - due_ns);
    start_request(*idle_.pop(), due_ns, now_ns);
  }
  if (pacer.has_waiting()) pacer.note_waiting();
  was_idle_ = !idle_.empty();
}

void LoadLoop::before_sleep() {
  if (phase_ != Phase::kRunning || !pacer_) return;
  Pacer& pacer = *pacer_;
  if (pacer.has_waiting() && !idle_.empty()) pump(uv_hrtime());
  // With all connections busy the next answer is what there is to wait for.
  due_timer_->set(idle_.empty() ? DueTimer::kNever : pacer.next_due_ns());
}

// What needs no precision: timeouts, new attempts to connect, the end without an event.
void LoadLoop::sweep() {
  const std::uint64_t now_ns = uv_hrtime();
  if (monitor_.stop.load(std::memory_order_relaxed)) {
    stats_.interrupted = true;
    for (const auto& connection : connections_) {
      if (connection->busy() && is_measured(connection->due_ns())) --stats_.requests;
    }
    return finish(now_ns);
  }
  for (const auto& connection : connections_) {
    const bool waits = connection->busy() || (!connection->is_closed() && !connection->is_ready());
    if (waits && now_ns > connection->started_ns() + options_.timeout_ns) {
      connection->time_out(now_ns);
      if (phase_ == Phase::kDone) return;
    }
  }
  if (phase_ == Phase::kConnecting) return;
  look_at_clock(now_ns);
  publish_last_second();
  for (Connection* connection : std::exchange(paused_, {})) {
    if (may_start(now_ns)) start_request(*connection, now_ns, now_ns);
  }
  if (end_ns_ != Pacer::kNever && now_ns > end_ns_ + options_.timeout_ns) return abandon(now_ns);
  if (has_lost_server(now_ns)) return abandon(now_ns);
  finish_if_over(now_ns);
}

// Only the number of requests would end the run, and a server that is gone answers none.
bool LoadLoop::has_lost_server(std::uint64_t now_ns) const {
  return end_ns_ == Pacer::kNever && refused_since_ns_ != 0 &&
         now_ns > refused_since_ns_ + options_.timeout_ns;
}

void LoadLoop::publish_last_second() {
  const auto& seconds = stats_.seconds.seconds();
  if (seconds.size() == seconds_published_) return;
  seconds_published_ = seconds.size();
  monitor_.p50_us.store(percentile_us(seconds.back(), 50), std::memory_order_relaxed);
  monitor_.p99_us.store(percentile_us(seconds.back(), 99), std::memory_order_relaxed);
}

void LoadLoop::finish_if_over(std::uint64_t now_ns) {
  if (phase_ != Phase::kRunning || busy_ > 0) return;
  const bool limit_reached = options_.max_requests != 0 && stats_.requests >= options_.max_requests;
  if (now_ns < end_ns_ && !limit_reached) return;
  if (pacer_ && !limit_reached) {
    pacer_->advance(now_ns);
    if (pacer_->has_waiting()) return;  // sent before the loop sleeps
  }
  finish(now_ns);
}

// The time for late answers is over, too, or there is nobody to answer.
void LoadLoop::abandon(std::uint64_t now_ns) {
  if (pacer_) {
    pacer_->advance(now_ns);
    while (pacer_->has_waiting()) {
      if (!is_measured(pacer_->take())) continue;
      ++stats_.requests;
      ++stats_.unsent;
    }
  }
  for (const auto& connection : connections_) {
    if (connection->busy()) connection->time_out(now_ns);
  }
  if (phase_ == Phase::kRunning) finish(now_ns);
}

void LoadLoop::finish(std::uint64_t now_ns) {
  if (phase_ == Phase::kDone) return;
  phase_ = Phase::kDone;
  if (!window_over_) end_window(now_ns);
  if (pacer_) {
    stats_.longest_queue = pacer_->longest_queue();
    stats_.unsent += pacer_->dropped();
    stats_.requests += pacer_->dropped();
  }
  sweep_timer_.stop();
  for (const auto& connection : connections_) connection->close();
  loop_.stop();
}

}  // namespace brink::load
