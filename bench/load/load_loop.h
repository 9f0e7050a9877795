#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/load/arrivals.h"
#include "bench/load/connection.h"
#include "bench/load/due_timer.h"
#include "bench/load/load_monitor.h"
#include "bench/load/pacer.h"
#include "bench/load/request_mix.h"
#include "bench/load/ring_queue.h"
#include "bench/load/statistics.h"
#include "core/loop/event_loop.h"
#include "core/loop/timer.h"
#include "core/loop/turn_hooks.h"

namespace brink::load {

/// What one loop is to do.
struct LoadOptions {
  std::size_t connections = 64;
  double rate_per_s = 0;  ///< 0: closed loop
  ArrivalKind arrivals = ArrivalKind::kPoisson;
  double phase = 0;  ///< of constant arrivals, see Arrivals
  std::uint64_t seed = 1;
  std::uint64_t warmup_ns = 0;
  std::uint64_t duration_ns = 0;  ///< after the warm-up; 0: until max_requests
  std::uint64_t timeout_ns = 0;
  std::uint64_t max_requests = 0;  ///< after the warm-up; 0: no limit
  bool keep_alive = true;
  std::size_t max_waiting = 1'000'000;  ///< requests that may wait for a connection
};

/// One thread's share of a run: connects all its connections, then sends requests over them, each
/// as soon as the last one's answer is there (closed loop) or when the Pacer says (open loop). At
/// the end it waits for the answers that are still due, for no longer than the timeout. On the
/// loop's thread, which it stops.
class LoadLoop final : private ConnectionEvents {
 public:
  /// `tls`: nullptr for none. All must outlive this.
  LoadLoop(EventLoop& loop, const LoadOptions& options, RequestMix mix,
           const sockaddr_storage& address, TlsContext* tls, LoadMonitor& monitor);
  ~LoadLoop() override;
  LoadLoop(const LoadLoop&) = delete;
  LoadLoop& operator=(const LoadLoop&) = delete;

  /// Then run the loop; it stops when the run is over.
  void start();
  /// Once, after the loop has stopped.
  Statistics take_statistics() { return std::move(stats_); }

 private:
  enum class Phase : std::uint8_t { kConnecting, kRunning, kDone };

  void on_open(Connection& connection, std::uint64_t now_ns) override;
  void on_answer(Connection& connection, std::uint16_t status, std::uint64_t now_ns) override;
  void on_failure(Connection& connection, FailureKind kind, std::string_view why, bool was_busy,
                  std::uint64_t now_ns) override;

  void open_more(std::uint64_t now_ns);
  void opened_all(std::uint64_t now_ns);
  void begin(std::uint64_t now_ns);
  void begin_window(std::uint64_t now_ns);
  void end_window(std::uint64_t now_ns);
  void look_at_clock(std::uint64_t now_ns);
  bool may_start(std::uint64_t now_ns) const;
  bool is_measured(std::uint64_t due_ns) const { return due_ns >= window_begin_ns_; }
  void start_request(Connection& connection, std::uint64_t due_ns, std::uint64_t now_ns);
  void go_on(Connection& connection, std::uint64_t now_ns);
  void pump(std::uint64_t now_ns);
  void before_sleep();
  void sweep();
  void count_failure(FailureKind kind, std::string_view why);
  bool has_lost_server(std::uint64_t now_ns) const;
  void publish_last_second();
  void finish_if_over(std::uint64_t now_ns);
  void abandon(std::uint64_t now_ns);
  void finish(std::uint64_t now_ns);

  EventLoop& loop_;
  const LoadOptions options_;
  RequestMix mix_;
  LoadMonitor& monitor_;
  ConnectionShared shared_;
  std::vector<std::unique_ptr<Connection>> connections_;
  Statistics stats_;

  Phase phase_ = Phase::kConnecting;
  std::size_t opened_ = 0;   // of the first connects: begun,
  std::size_t settled_ = 0;  // and done
  bool opening_ = false;

  std::uint64_t window_begin_ns_ = 0;
  std::uint64_t end_ns_ = Pacer::kNever;
  bool window_open_ = false;
  bool window_over_ = false;
  std::uint64_t bytes_read_before_ = 0;
  std::uint64_t bytes_written_before_ = 0;
  std::uint64_t cpu_before_us_ = 0;
  std::size_t seconds_published_ = 0;
  std::uint64_t refused_since_ns_ = 0;  // no connection could be made since then; 0: not so

  std::size_t busy_ = 0;             // connections with a request
  std::vector<Connection*> paused_;  // closed loop: could not connect, try again at the next sweep
  RingQueue<Connection*> idle_;      // open loop: the one that rested longest comes first
  bool was_idle_ = false;            // open loop: some connection was free when we last looked
  std::optional<Pacer> pacer_;       // open loop
  std::unique_ptr<DueTimer> due_timer_;
  std::unique_ptr<TurnHooks> hooks_;
  Timer sweep_timer_;
};

}  // namespace brink::load
