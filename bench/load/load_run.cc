#include "bench/load/load_run.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "bench/load/load_monitor.h"
#include "bench/load/progress.h"
#include "core/loop/event_loop.h"
#include "core/loop/signal.h"
#include "core/loop/timer.h"

namespace brink::load {
namespace {

// Besides the connections: the loops' own, files, standard streams.
constexpr rlim_t kOtherDescriptors = 64;

Result<void> allow_descriptors(std::size_t connections) {
  const rlim_t wanted = connections + kOtherDescriptors;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return {};
  if (limit.rlim_max < wanted) {
    return fail(ErrorCode::kUsage, "this system allows " + std::to_string(limit.rlim_max) +
                                       " open files, too few for -c " +
                                       std::to_string(connections) + " (ulimit -Hn)");
  }
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return {};
}

// One loop with all that is its own. Made on the thread that runs it.
class Sender {
 public:
  Sender(EventLoop& loop, const BenchOptions& options, const LoadOptions& share,
         const sockaddr_storage& address, std::unique_ptr<TlsContext> tls, LoadMonitor& monitor)
      : tls_(std::move(tls)),
        load_(loop, share, RequestMix(options.requests, options.defaults, share.seed), address,
              tls_.get(), monitor) {}

  LoadLoop& load() { return load_; }

 private:
  std::unique_ptr<TlsContext> tls_;
  LoadLoop load_;
};

class Run {
 public:
  Run(const BenchOptions& options, const sockaddr_storage& address)
      : options_(options), address_(address), threads_(thread_count(options)) {
    for (std::size_t i = 0; i < threads_; ++i) {
      monitors_.push_back(std::make_unique<LoadMonitor>());
    }
    results_.resize(threads_);
  }

  Result<Statistics> run() {
    for (std::size_t i = 0; i < threads_; ++i) {
      std::unique_ptr<TlsContext> context;
      if (options_.targets.front().tls) {
        auto made = TlsContext::make(options_.tls);
        if (!made) return std::unexpected(std::move(made).error());
        context = *std::move(made);
      }
      contexts_.push_back(std::move(context));
    }
    run_first();
    Statistics all = std::move(results_.front());
    for (std::size_t i = 1; i < threads_; ++i) all.add(results_[i]);
    return all;
  }

 private:
  static std::size_t thread_count(const BenchOptions& options) {
    const std::uint64_t total = options.load.max_requests;
    return total == 0 ? options.threads : std::min<std::size_t>(options.threads, total);
  }

  // This thread's loop also hears signals and draws; it outlasts the others'.
  void run_first() {
    EventLoop loop;
    const auto stop_all = [this] {
      for (const auto& monitor : monitors_) monitor->stop = true;
    };
    const SignalWatcher interrupted(loop, SIGINT, stop_all);
    const SignalWatcher terminated(loop, SIGTERM, stop_all);
    Progress progress(loop, monitors_, options_);
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < threads_; ++i) {
      ++others_running_;
      others.emplace_back([this, i] {
        EventLoop own_loop;
        run_loop(own_loop, i);
        --others_running_;
      });
    }
    run_loop(loop, 0);
    Timer watch(loop, [&] {
      if (others_running_ == 0) loop.stop();
    });
    watch.start(0, 20);
    loop.run();
  }

  void run_loop(EventLoop& loop, std::size_t index) {
    Sender sender(loop, options_, share_of(options_.load, index, threads_), address_,
                  std::move(contexts_[index]), *monitors_[index]);
    sender.load().start();
    loop.run();
    results_[index] = sender.load().take_statistics();
    // Closed handles free themselves; requests that they were writing belong to the sender.
    loop.run_ready();
  }

  const BenchOptions& options_;
  const sockaddr_storage address_;
  const std::size_t threads_;
  std::vector<std::unique_ptr<LoadMonitor>> monitors_;
  std::vector<std::unique_ptr<TlsContext>> contexts_;
  std::vector<Statistics> results_;
  std::atomic<std::size_t> others_running_ = 0;
};

std::uint64_t part(std::uint64_t whole, std::size_t index, std::size_t parts) {
  return whole / parts + (index < whole % parts ? 1 : 0);
}

}  // namespace

LoadOptions share_of(const LoadOptions& all, std::size_t index, std::size_t threads) {
  LoadOptions share = all;
  share.connections = part(all.connections, index, threads);
  share.rate_per_s = all.rate_per_s / static_cast<double>(threads);
  share.phase = static_cast<double>(index) / static_cast<double>(threads);
  share.seed = all.seed + index;
  share.max_requests = part(all.max_requests, index, threads);
  share.max_waiting = part(all.max_waiting, index, threads);
  return share;
}

Result<Statistics> run_load(const BenchOptions& options) {
  if (auto allowed = allow_descriptors(options.load.connections); !allowed) {
    return std::unexpected(std::move(allowed).error());
  }
  auto address = find_address(options.targets.front(), options.load.timeout_ns / 1'000'000);
  if (!address) {
    Statistics nothing;
    const auto connect = static_cast<std::size_t>(FailureKind::kConnect);
    nothing.requests = nothing.failures[connect] = 1;
    nothing.first_failures[connect] = std::move(address).error().message;
    return nothing;
  }
  return Run(options, *address).run();
}

}  // namespace brink::load
