#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <print>
#include <string>
#include <utility>

#include "cli/command.h"
#include "core/loop/event_loop.h"
#include "core/loop/signal.h"
#include "core/observe/access_log.h"
#include "core/observe/log.h"
#include "core/proxy/edge.h"

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

/// The running process: ties the edge to signals. Lives in serve(), on the loop's thread.
class Serving {
 public:
  Serving(EventLoop& loop, proxy::Edge& edge, Log& log, AccessLog& access_log, Served served)
      : loop_(loop),
        edge_(edge),
        log_(log),
        access_log_(access_log),
        served_(std::move(served)),
        terminate_(loop, SIGTERM, [this] { stop("SIGTERM"); }),
        interrupt_(loop, SIGINT, [this] { stop("SIGINT"); }),
        hang_up_(loop, SIGHUP, [this] { reopen(); }),
        user_(loop, SIGUSR1, [this] { reopen(); }) {}

  int run() {
    edge_.load([this](Result<proxy::LoadedApp> loaded) {
      if (stopping_) return;
      Result<void> listening;
      if (loaded) listening = edge_.listen();
      if (!loaded || !listening) {
        print_error(loaded ? listening.error() : loaded.error(),
                    loaded ? std::string_view() : served_.folder);
        exit_code_ = kExitError;
        drain();
        return;
      }
      const std::string address = edge_.address();
      std::println(stderr, "brink: serving {} on {}{}{}, pid {}", served_.what,
                   address.starts_with("unix:") ? "" : "http://", address, served_.origin,
                   ::getpid());
    });
    loop_.run();
    return exit_code_;
  }

 private:
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
  SignalWatcher terminate_;
  SignalWatcher interrupt_;
  SignalWatcher hang_up_;
  SignalWatcher user_;
  bool stopping_ = false;
  int exit_code_ = kExitOk;
};

}  // namespace

int serve(const CommandLine& line) {
  raise_descriptor_limit();
  Result<proxy::EdgeOptions> deployment = load_deployment(line);
  if (!deployment) {
    print_error(deployment.error());
    return deployment.error().code == ErrorCode::kUsage ? kExitUsage : kExitError;
  }
  for (const proxy::AppOptions& app : deployment->apps) print_skipped(app.files);
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));

  Log log(deployment->front.log_level);
  auto access_log = AccessLog::open(deployment->front.access_log);
  if (!access_log) {
    print_error(access_log.error());
    return kExitError;
  }
  const Served served = describe(*deployment);
  EventLoop loop;
  auto edge = proxy::Edge::create(loop, *std::move(deployment), log, **access_log);
  if (!edge) {
    print_error(edge.error());
    return kExitError;
  }
  return Serving(loop, **edge, log, **access_log, served).run();
}

}  // namespace brink::cli
