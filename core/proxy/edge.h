#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/app_files.h"
#include "core/config/config.h"
#include "core/loop/event_loop.h"
#include "core/observe/access_log.h"
#include "core/observe/log.h"

namespace brink::proxy {

/// What loading an app's code told: which paths its middleware runs for.
struct LoadedApp {
  struct Matcher {
    std::string source;  ///< as written in config.matcher
    std::string regexp;  ///< PCRE2 pattern, tested against the path
  };
  bool has_middleware = false;
  bool matches_every_path = false;  ///< middleware without config.matcher
  std::vector<Matcher> matchers;
};

struct EdgeOptions {
  Config config;
  AppFiles app;
  std::string worker_executable;  ///< path of brink-worker
};

/// The whole front for one app: listener, routing, workers, origin. Lives on the loop's thread,
/// from main() to exit.
class Edge {
 public:
  /// Starts the zygote; nothing listens yet.
  static Result<std::unique_ptr<Edge>> create(EventLoop& loop, EdgeOptions options, Log& log,
                                              AccessLog& access_log);
  virtual ~Edge() = default;

  /// Loads the app's code into a first worker. Error messages start with "file:line:column: " where
  /// a place is known. An app without any script is loaded at once and has no workers.
  virtual void load(std::function<void(Result<LoadedApp>)> loaded) = 0;

  /// Listens on config.listen; call after load().
  virtual Result<void> listen() = 0;
  /// "127.0.0.1:8080", with the real port.
  virtual std::string address() const = 0;

  /// Stops accepting, lets running requests finish, ends the workers, then calls `drained`.
  virtual void drain(std::function<void()> drained) = 0;
};

}  // namespace brink::proxy
