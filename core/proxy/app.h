#pragma once

#include <charconv>
#include <cstdint>
#include <deque>
#include <memory>
#include <random>
#include <string_view>

#include "core/base/arena.h"
#include "core/base/result.h"
#include "core/config/app_files.h"
#include "core/config/config.h"
#include "core/http/deadline_list.h"
#include "core/http/descriptor_budget.h"
#include "core/http/name_service.h"
#include "core/loop/event_loop.h"
#include "core/observe/access_log.h"
#include "core/observe/log.h"
#include "core/proxy/app_loading.h"
#include "core/proxy/failure_log.h"
#include "core/proxy/front_sites.h"
#include "core/proxy/matcher.h"
#include "core/proxy/routes.h"
#include "core/proxy/upstreams.h"
#include "core/supervise/worker_pool.h"

namespace brink::proxy {

/// What all apps of a front share. Owned by the edge, on the loop's thread.
struct Front {
  EventLoop& loop;
  Log& log;
  AccessLog& access_log;
  FrontSites sites;
  std::unique_ptr<http::NameService> names;
  std::unique_ptr<http::DescriptorBudget> descriptors;
  std::unique_ptr<supervise::Spares> spares;  ///< nullptr: no app has scripts
  std::uint64_t last_request_id = std::uint64_t{std::random_device{}()} << 32;

  /// 16 hexadecimal digits: the first half is this process's, the second counts.
  std::string_view new_request_id(Arena& arena) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, ++last_request_id, 16).ptr;
    const std::string_view id(digits, static_cast<std::size_t>(end - digits));
    return arena.concat(std::string_view("0000000000000000").substr(id.size()), id);
  }

  /// What an app's connections are made with.
  UpstreamMeans means() const {
    return {.origin_names = names->resolver(http::NameService::Use::kOrigin),
            .other_names = names->resolver(http::NameService::Use::kScripts),
            .descriptors = descriptors.get()};
  }
};

/// One app of the front: its settings, what its code told about itself, and what its exchanges
/// share. Until its code is loaded it has no process and no timer. Owned by the edge, on the loop's
/// thread; outlives its exchanges.
struct App {
  App(Front& shared, Config settings, AppFiles app_files)
      : front(shared),
        config(std::move(settings)),
        files(std::move(app_files)),
        log(shared.log.with_app(config.name)),
        has_middleware(files.middleware().has_value()),
        reads_bodies(handler_entry(files.handlers().size())) {}
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// Makes the routes of the app's handlers. kAppInvalid when they contradict each other.
  Result<void> build_routes();
  /// Looks at the app's folder again, which its path may lead elsewhere by now. Only while no code
  /// of it is loaded. After an error all is as it was.
  Result<void> read_folder_again();
  /// Takes what the code told when it was loaded. kMatcherInvalid.
  Result<void> use(const supervise::AppDescription& description);

  bool middleware_selects(std::string_view path);
  /// Entry number of a handler in the worker (WorkerPool).
  std::size_t handler_entry(std::size_t index) const { return index + (has_middleware ? 1 : 0); }
  /// Only when the code is loaded.
  supervise::WorkerPool& workers() { return *loading.pool(); }

  Front& front;
  const Config config;
  AppFiles files;
  Log log;  ///< says which app it is about
  FailureLog failures{log, config.limits.log_bytes_per_second};
  ErrorCode not_found = ErrorCode::kNotFound;  ///< for a path that is nobody's
  Upstreams upstreams{front.loop, config, front.means()};
  bool has_middleware;
  bool matches_every_path = false;
  Matcher matcher;
  Routes routes;
  /// By entry: do its scripts tend to read their requests' bodies? See ipc::Request::Body::kWhole.
  std::deque<bool> reads_bodies;
  AppLoading loading{*this};
  /// Of script runs: until they answer, and then again for what they gave to waitUntil(). A client
  /// is told of a limit within 100 ms.
  http::DeadlineList wall_deadlines{front.loop, config.limits.wall_ms, 50};
  /// Of bodies that scripts stream: silence while the client could take more.
  http::DeadlineList silence_deadlines{front.loop, config.timeouts.script_body_ms};
  supervise::Tally overdue{front.loop, [this](std::uint64_t count) {
                             log.warn("waitUntil() promises passed the wall time limit",
                                      {{"requests", count}});
                           }};
  /// Until a worker that was told to drop a request has done so; after that it counts as stuck.
  http::DeadlineList drop_deadlines{front.loop, 2000};
};

}  // namespace brink::proxy
