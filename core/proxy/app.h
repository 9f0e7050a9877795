#pragma once

#include <charconv>
#include <cstdint>
#include <random>
#include <string_view>

#include "core/base/arena.h"
#include "core/config/app_files.h"
#include "core/config/config.h"
#include "core/http/deadline_list.h"
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
  /// Of script runs: until they answer, and then again for what they gave to waitUntil(). A client
  /// is told of a limit within 100 ms.
  http::DeadlineList wall_deadlines{loop, config.limits.wall_ms, 50};
  /// Until a worker that was told to drop a request has done so; after that it counts as stuck.
  http::DeadlineList drop_deadlines{loop, 2000};
  std::uint64_t last_request_id = std::uint64_t{std::random_device{}()} << 32;

  /// 16 hexadecimal digits: the first half is this process's, the second counts.
  std::string_view new_request_id(Arena& arena) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, ++last_request_id, 16).ptr;
    const std::string_view id(digits, static_cast<std::size_t>(end - digits));
    return arena.concat(std::string_view("0000000000000000").substr(id.size()), id);
  }

  bool middleware_selects(std::string_view path) {
    if (!has_middleware) return false;
    if (matches_every_path) return true;
    const std::uint64_t hits = matcher.limit_hits();
    const bool selected = matcher.matches(path);
    if (matcher.limit_hits() != hits) {
      log.warn("a matcher reached its limit; the middleware runs", {{"path", path.substr(0, 200)}});
    }
    return selected;
  }
  /// Entry number of a handler in the worker (WorkerPool).
  std::size_t handler_entry(std::size_t index) const { return index + (has_middleware ? 1 : 0); }
};

}  // namespace brink::proxy
