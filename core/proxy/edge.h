#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/app_files.h"
#include "core/config/config.h"
#include "core/http/bound_socket.h"
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
  bool matches_every_path = false;  ///< middleware without config.matcher
  std::vector<Matcher> matchers;
};

/// An app that the edge is to serve.
struct AppOptions {
  Config config;
  AppFiles files;
};

struct EdgeOptions {
  Config front;
  std::vector<AppOptions> apps;   ///< at least one; no two have a host and path in common
  std::string worker_executable;  ///< path of brink-worker; empty: no app has scripts
};

/// The whole front: listener, the choice of the app, and the apps with their workers and origins.
/// Lives on the loop's thread, from main() to exit.
class Edge {
 public:
  /// Starts nothing yet.
  static Result<std::unique_ptr<Edge>> create(EventLoop& loop, EdgeOptions options, Log& log,
                                              AccessLog& access_log);
  virtual ~Edge() = default;

  /// Starts the zygote. One app is loaded into a first worker, and what it told, or went wrong, is
  /// reported; messages start with "file:line:column: " where a place is known. Of several, each is
  /// loaded when it is first needed, so that a broken one stops none of the others.
  virtual void load(std::function<void(Result<LoadedApp>)> loaded) = 0;

  /// Listens on front.listen; call after load().
  virtual Result<void> listen() = 0;
  /// Listens on this socket instead.
  virtual Result<void> listen(http::BoundSocket socket) = 0;
  /// "127.0.0.1:8080", with the real port.
  virtual std::string address() const = 0;

  /// Stops accepting, lets running requests finish, ends the workers, then calls `drained`.
  virtual void drain(std::function<void()> drained) = 0;
};

}  // namespace brink::proxy
