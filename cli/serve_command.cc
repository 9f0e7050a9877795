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
void raise_descriptor_limit(Log& log) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0)
    log.debug("descriptor limit", {{"files", limit.rlim_cur}});
}

/// The running process: ties the edge to signals. Lives in serve(), on the loop's thread.
class Serving {
 public:
  Serving(EventLoop& loop, proxy::Edge& edge, Log& log, AccessLog& access_log,
          std::string directory, std::string origin)
      : loop_(loop),
        edge_(edge),
        log_(log),
        access_log_(access_log),
        directory_(std::move(directory)),
        origin_(std::move(origin)),
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
                    loaded ? std::string_view() : directory_);
        exit_code_ = kExitError;
        drain();
        return;
      }
      const std::string address = edge_.address();
      std::println(stderr, "brink: serving {} on {}{}, {}, pid {}", directory_,
                   address.starts_with("unix:") ? "" : "http://", address,
                   origin_.empty() ? "no origin" : "origin http://" + origin_, ::getpid());
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
  const std::string directory_;
  const std::string origin_;
  SignalWatcher terminate_;
  SignalWatcher interrupt_;
  SignalWatcher hang_up_;
  SignalWatcher user_;
  bool stopping_ = false;
  int exit_code_ = kExitOk;
};

}  // namespace

int serve(const CommandLine& line) {
  Result<LoadedFolder> folder = load_folder(line);
  if (!folder) {
    print_error(folder.error());
    return folder.error().code == ErrorCode::kUsage ? kExitUsage : kExitError;
  }
  print_skipped(folder->app);
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));

  Log log(folder->config.log_level);
  raise_descriptor_limit(log);
  auto access_log = AccessLog::open(folder->config.access_log);
  if (!access_log) {
    print_error(access_log.error());
    return kExitError;
  }
  std::string origin = folder->config.origin.authority;
  EventLoop loop;
  auto edge = proxy::Edge::create(
      loop, {std::move(folder->config), std::move(folder->app), folder->worker_executable}, log,
      **access_log);
  if (!edge) {
    print_error(edge.error());
    return kExitError;
  }
  return Serving(loop, **edge, log, **access_log, line.directory, std::move(origin)).run();
}

}  // namespace brink::cli
