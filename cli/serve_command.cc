#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <format>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "core/http/bound_socket.h"
#include "core/http/name_service.h"
#include "core/loop/event_loop.h"
#include "core/loop/poll.h"
#include "core/loop/signal.h"
#include "core/observe/access_log.h"
#include "core/observe/log.h"
#include "core/proxy/edge.h"
#include "core/supervise/cells.h"

namespace brink::cli {
namespace {

// A connection is a descriptor, twice over when it is proxied; the usual soft limit is 1024.
// And so is each app's folder.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Fewer would do for a while, and then end in the middle of something.
Result<void> check_descriptor_limit() {
  constexpr rlim_t kLeast = 64;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kLeast) return {};
  return fail(ErrorCode::kSystem,
              std::format("brink may have {} files open and needs {} at the least: raise the limit "
                          "(ulimit -n, or LimitNOFILE= in a systemd unit)",
                          limit.rlim_cur, kLeast));
}

// Look-ups of names run on libuv's threads; see http/name_service.h.
void choose_thread_count() { ::setenv("UV_THREADPOOL_SIZE", http::NameService::kThreads, 1); }

// Of V8's hashes in all workers, secret and another each time: see sandbox/engine.cc.
void choose_hash_seed() {
  std::uint64_t random = 0;
  if (::getentropy(&random, sizeof random) != 0) std::abort();
  ::setenv("BRINK_HASH_SEED", std::to_string(random >> 1 | 1).c_str(), 1);
}

/// What is served, for messages.
struct Served {
  std::string what;    ///< "shop", "3 apps"
  std::string origin;  ///< ", origin http://localhost:3000", or nothing when there are several
  std::string folder;  ///< of the one app; empty when there are several
};

Served describe(const proxy::EdgeOptions& deployment) {
  if (deployment.apps.size() > 1) return {std::to_string(deployment.apps.size()) + " apps", {}, {}};
  const proxy::AppOptions& app = deployment.apps.front();
  const OriginConfig& origin = app.config.origin;
  return {app.files.root(),
          origin.configured() ? ", origin http://" + origin.authority : ", no origin",
          app.files.root()};
}

void print_serving(const Served& served, const std::string& address, std::size_t cells) {
  // In one write: println() makes one a character of a stream without a buffer.
  const std::string count = cells > 1 ? std::format(", {} cells", cells) : "";
  std::fputs(std::format("brink: serving {} on {}{}{}{}, pid {}\n", served.what,
                         address.starts_with("unix:") ? "" : "http://", address, served.origin,
                         count, ::getpid())
                 .c_str(),
             stderr);
}

/// The front that this process is: ties the edge to signals, or to the master of the cells. Lives
/// in run_front(), on the loop's thread.
class Serving {
 public:
  /// `cell`: nullptr when there is one front only.
  Serving(EventLoop& loop, proxy::Edge& edge, Log& log, AccessLog& access_log, Served served,
          supervise::Cell* cell)
      : loop_(loop),
        edge_(edge),
        log_(log),
        access_log_(access_log),
        served_(std::move(served)),
        cell_(cell) {}

  int run() {
    if (auto listens = cell_ == nullptr ? listen_to_signals() : listen_to_master(); !listens) {
      print_error(listens.error());
      return kExitError;
    }
    edge_.load([this](Result<proxy::LoadedApp> loaded) {
      if (stopping_) return;
      Result<void> listening;
      if (loaded)
        listening = cell_ == nullptr ? edge_.listen() : edge_.listen(cell_->take_socket());
      if (!loaded || !listening) {
        print_error(loaded ? listening.error() : loaded.error(),
                    loaded ? std::string_view() : served_.folder);
        exit_code_ = kExitError;
        drain();
        return;
      }
      if (cell_ == nullptr)
        print_serving(served_, edge_.address(), 1);
      else
        cell_->listening();
    });
    loop_.run();
    return exit_code_;
  }

 private:
  Result<void> listen_to_signals() {
    signals_.emplace_back(loop_, SIGTERM, [this] { stop("SIGTERM"); });
    signals_.emplace_back(loop_, SIGINT, [this] { stop("SIGINT"); });
    signals_.emplace_back(loop_, SIGHUP, [this] { reopen(); });
    signals_.emplace_back(loop_, SIGUSR1, [this] { reopen(); });
    return {};
  }

  Result<void> listen_to_master() {
    auto watcher =
        cell_->obey(loop_, {.drain = [this] { drain(); }, .reopen_logs = [this] { reopen(); }});
    if (!watcher) return std::unexpected(std::move(watcher).error());
    master_ = std::move(*watcher);
    return {};
  }

  void stop(std::string_view signal) {
    if (stopping_) ::_exit(kExitError);  // asked twice: at once
    log_.info("draining; again to exit at once", {{"signal", signal}});
    drain();
  }

  void drain() {
    stopping_ = true;
    edge_.drain([this] { loop_.stop(); });
  }

  void reopen() {
    if (auto done = access_log_.reopen(); !done) log_.error(done.error().message);
  }

  EventLoop& loop_;
  proxy::Edge& edge_;
  Log& log_;
  AccessLog& access_log_;
  const Served served_;
  supervise::Cell* const cell_;
  std::list<SignalWatcher> signals_;   // of the one front
  std::unique_ptr<FdWatcher> master_;  // of a cell
  bool stopping_ = false;
  int exit_code_ = kExitOk;
};

// A front, until it has ended.
int run_front(proxy::EdgeOptions deployment, Log& log, supervise::Cell* cell) {
  auto access_log =
      AccessLog::open(deployment.front.access_log,
                      cell == nullptr ? AccessLog::Writers::kOne : AccessLog::Writers::kSeveral);
  if (!access_log) {
    print_error(access_log.error());
    return kExitError;
  }
  const Served served = describe(deployment);
  EventLoop loop;
  auto edge = proxy::Edge::create(loop, std::move(deployment), log, **access_log);
  if (!edge) {
    print_error(edge.error());
    return kExitError;
  }
  return Serving(loop, **edge, log, **access_log, served, cell).run();
}

// A core for each of `count` cells, out of those that brink may use.
Result<std::vector<int>> choose_cores(std::size_t count) {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    return fail(ErrorCode::kSystem, std::string("sched_getaffinity: ") + std::strerror(errno));
  }
  std::vector<int> cores;
  for (int core = 0; core < CPU_SETSIZE && cores.size() < count; ++core) {
    if (CPU_ISSET(core, &allowed)) cores.push_back(core);
  }
  if (cores.size() == count) return cores;
  return fail(
      ErrorCode::kConfigInvalid,
      std::format("pin_cells wants a core for each cell: brink may use {} of them, \"cells\" "
                  "is {}; set it to {} or \"auto\", or leave pin_cells out",
                  cores.size(), count, cores.size()));
}

// Several fronts, until all have ended.
int run_cells(proxy::EdgeOptions deployment, std::size_t count, Log& log) {
  Result<std::vector<int>> cores;
  if (deployment.front.pin_cells) cores = choose_cores(count);
  if (!cores) {
    print_error(cores.error());
    return kExitError;
  }
  // What would be wrong for each of them is said once.
  auto sockets = http::bind_sockets(deployment.front.listen, count);
  auto access_log = AccessLog::open(deployment.front.access_log);
  if (!sockets || !access_log) {
    print_error(sockets ? access_log.error() : sockets.error());
    return kExitError;
  }
  access_log->reset();
  const std::string address = sockets->front().address;
  supervise::Cells cells({.sockets = *std::move(sockets),
                          .cores = *std::move(cores),
                          .run =
                              [&](supervise::Cell& cell) {
                                Log cell_log = log.with_cell(cell.number());
                                // The copy of this process; the master still has its own.
                                return run_front(std::move(deployment), cell_log, &cell);
                              },
                          .serving = [&] { print_serving(describe(deployment), address, count); }},
                         log);
  Result<int> code = cells.run();
  if (code) return *code;
  print_error(code.error());
  return kExitError;
}

}  // namespace

int serve(const CommandLine& line) {
  raise_descriptor_limit();
  if (auto enough = check_descriptor_limit(); !enough) {
    print_error(enough.error());
    return kExitError;
  }
  choose_hash_seed();
  choose_thread_count();
  Result<proxy::EdgeOptions> deployment = load_deployment(line);
  if (!deployment) {
    print_error(deployment.error());
    return deployment.error().code == ErrorCode::kUsage ? kExitUsage : kExitError;
  }
  for (const proxy::AppOptions& app : deployment->apps) print_ignored(app.files);
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));

  Log log(deployment->front.log_level);
  const std::size_t cells =
      deployment->front.cells == 0 ? uv_available_parallelism() : deployment->front.cells;
  if (cells > 1) return run_cells(*std::move(deployment), cells, log);
  return run_front(*std::move(deployment), log, nullptr);
}

}  // namespace brink::cli
