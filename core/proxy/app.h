#pragma once

#include <string>

#include "core/config/app_files.h"
#include "core/config/config.h"
#include "core/http/upstream.h"
#include "core/loop/event_loop.h"
#include "core/observe/access_log.h"
#include "core/observe/log.h"
#include "core/proxy/matcher.h"
#include "core/proxy/routes.h"
#include "core/supervise/worker_pool.h"

namespace brink::proxy {

/// What the exchanges of one app share. Owned by the edge, on the loop's thread; outlives them.
struct App {
  EventLoop& loop;
  const Config& config;
  Log& log;
  AccessLog& access_log;
  http::UpstreamPool& upstreams;
  supervise::WorkerPool* workers = nullptr;  ///< nullptr: the app has no scripts
  bool has_middleware = false;
  bool matches_every_path = false;
  Matcher matcher;
  Routes routes;

  bool middleware_selects(std::string_view path) {
    return has_middleware && (matches_every_path || matcher.matches(path));
  }
  /// Entry number of a handler in the worker (WorkerPool).
  std::size_t handler_entry(std::size_t index) const { return index + (has_middleware ? 1 : 0); }
};

}  // namespace brink::proxy
