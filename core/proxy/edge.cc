#include "core/proxy/edge.h"

#include <sys/resource.h>
#include <uv.h>

#include <algorithm>
#include <utility>

#include "core/base/wall_clock.h"
#include "core/http/server.h"
#include "core/loop/timer.h"
#include "core/proxy/app.h"
#include "core/proxy/app_table.h"
#include "core/proxy/exchange.h"
#include "core/proxy/pressure_log.h"
#include "core/supervise/spares.h"
#include "core/url/target.h"

namespace brink::proxy {
namespace {

http::ServerOptions server_options(const Config& config, http::DescriptorBudget* descriptors) {
  http::ServerOptions options;
  options.max_head_bytes = config.limits.request_head_bytes;
  options.head_timeout_ms = config.timeouts.client_head_ms;
  options.keep_alive_timeout_ms = config.timeouts.client_keep_alive_ms;
  options.body_timeout_ms = config.timeouts.client_body_ms;
  options.escaped_slashes = config.escaped_slashes;
  options.min_body_bytes_per_second = config.timeouts.client_body_min_rate;
  options.max_connections = config.max_connections;
  options.max_connections_per_address = config.max_connections_per_address;
  options.descriptors = descriptors;
  options.error_detail = config.error_detail;
  return options;
}

// "auto": a quarter of what this machine, or the control group brink is in, has.
std::size_t buffer_limit_bytes(const Config& config) {
  constexpr std::uint64_t kMiB = 1024 * 1024;
  if (config.max_buffered_mb != 0) return config.max_buffered_mb * kMiB;
  const std::uint64_t allowed = uv_get_constrained_memory();  // 0: not known
  const std::uint64_t all = uv_get_total_memory();
  return (allowed == 0 ? all : std::min(allowed, all)) / 4;
}

std::size_t descriptor_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
}

// Of the app that stands for none: what the front's own settings say of its answers.
Config nobodys_config(const Config& front) {
  Config config;
  config.error_detail = front.error_detail;
  config.trust_forwarded = front.trust_forwarded;
  return config;
}

constexpr std::uint64_t kLogFlush_ms = 1000;

LoadedApp loaded_app(const supervise::AppDescription& description) {
  LoadedApp loaded{.matches_every_path = description.matches_every_path, .matchers = {}};
  for (const auto& matcher : description.matchers)
    loaded.matchers.push_back({matcher.source, matcher.regexp});
  return loaded;
}

class EdgeImpl final : public Edge, http::RequestHandler {
 public:
  EdgeImpl(EventLoop& loop, Config config, const std::string& worker_executable, Log& log,
           AccessLog& access_log)
      : config_(std::move(config)),
        pressure_(loop, log),
        front_{.loop = loop,
               .log = log,
               .access_log = access_log,
               .sites = FrontSites(*this),
               .names = std::make_unique<http::NameService>(loop, http::Resolver::system(loop)),
               .descriptors = std::make_unique<http::DescriptorBudget>(
                   loop, descriptor_limit(), http::DescriptorBudget::count_open(),
                   [this](auto shortage) { pressure_.on_descriptors(shortage); }),
               .spares = {}},
        nobodys_(front_, nobodys_config(config_), AppFiles()),
        flush_(loop, [this] { flush_access_log(); }),
        drain_limit_(loop, [this] { finish_drain(); }) {
    if (!worker_executable.empty()) {
      front_.spares =
          std::make_unique<supervise::Spares>(loop, config_.spares, worker_executable, log);
    }
    loop.memory().set_limit(buffer_limit_bytes(config_));
    nobodys_.not_found = ErrorCode::kNoApp;
    flush_.set_background(true);
    flush_.start(kLogFlush_ms, kLogFlush_ms);
  }

  Result<void> add(AppOptions options) {
    auto app = std::make_unique<App>(front_, std::move(options.config), std::move(options.files));
    if (auto built = app->build_routes(); !built) return built;
    for (const std::string& host : app->config.hosts) {
      for (const std::string& path : app->config.paths)
        front_.sites.apps().add(host, path, apps_.size());
    }
    apps_.push_back(std::move(app));
    return {};
  }

  void load(std::function<void(Result<LoadedApp>)> loaded) override {
    Result<void> started;
    if (front_.spares) started = front_.spares->start();
    App& first = *apps_.front();
    if (!started || apps_.size() > 1 || !first.files.has_scripts()) {
      Result<LoadedApp> result;
      if (!started) result = std::unexpected(std::move(started).error());
      front_.loop.defer(
          [loaded = std::move(loaded), result = std::move(result)] { loaded(result); });
      return;
    }
    // The first to wait for it: there is a ticket.
    [[maybe_unused]] const auto ticket = first.loading.load_once(
        [loaded = std::move(loaded)](const Result<supervise::AppDescription>& description) {
          loaded(description.transform(loaded_app));
        });
  }

  Result<void> listen() override {
    auto socket = http::bind_socket(config_.listen);
    if (!socket) return std::unexpected(std::move(socket).error());
    return listen(*std::move(socket));
  }

  Result<void> listen(http::BoundSocket socket) override {
    auto server = http::Server::listen(front_.loop, std::move(socket),
                                       server_options(config_, front_.descriptors.get()), *this);
    if (!server) return std::unexpected(std::move(server).error());
    server_ = std::move(*server);
    front_.sites.set_listener(server_->address());
    return {};
  }

  std::string address() const override { return server_ ? server_->address() : ""; }

  void drain(std::function<void()> drained) override {
    drained_ = std::move(drained);
    drain_limit_.start(config_.timeouts.drain_ms);
    if (!server_) return end_apps();
    server_->drain([this] { front_.loop.defer([this] { end_apps(); }); });
  }

 private:
  void end_apps() {
    apps_left_ = apps_.size();
    for (const auto& app : apps_) {
      app->loading.shut_down([this] {
        if (--apps_left_ == 0) end_spares();
      });
    }
  }

  void end_spares() {
    const auto ended = [this] { front_.loop.defer([this] { finish_drain(); }); };
    if (front_.spares)
      front_.spares->shut_down(ended);
    else
      ended();
  }

  void flush_access_log() {
    front_.access_log.flush();
    const std::uint64_t lost = front_.access_log.dropped_lines();
    pressure_.on_lost_lines(lost - std::exchange(lost_lines_, lost));
  }

  void finish_drain() {
    drain_limit_.stop();
    flush_access_log();
    if (drained_) std::exchange(drained_, {})();
  }

  void on_request(http::ServerExchange& exchange) override {
    const http::RequestHead& head = exchange.request();
    const auto found = front_.sites.apps().find(head.host, url::path_of(head.target));
    if (!found) return Exchange::refuse(nobodys_, exchange, found.error());
    App& app = *found ? *apps_[**found] : nobodys_;
    if (!front_.loop.memory().full()) return Exchange::start(app, exchange);
    pressure_.on_overload();
    Exchange::refuse(
        app, exchange,
        {ErrorCode::kOverloaded, std::string(error_info(ErrorCode::kOverloaded).title)});
  }

  void on_connection_refused(const Error& error, bool idle) override {
    pressure_.on_connection_refused(error, idle);
  }

  std::string on_bad_request(std::string_view client_ip, const Error& error) override {
    Arena arena;
    const std::string id(front_.new_request_id(arena));
    AccessRecord record;
    record.request_id = id;
    record.time_us = wall_clock_us();
    record.client = client_ip;
    record.status = static_cast<std::uint16_t>(error_info(error.code).status);
    record.error = error.code;
    front_.access_log.write(record);
    return id;
  }

  const Config config_;
  PressureLog pressure_;
  Front front_;
  App nobodys_;  // answers what no app does
  std::vector<std::unique_ptr<App>> apps_;
  std::unique_ptr<http::Server> server_;  // before the apps that its exchanges use
  Timer flush_;
  Timer drain_limit_;
  std::uint64_t lost_lines_ = 0;  // of the access log, told
  std::size_t apps_left_ = 0;
  std::function<void()> drained_;
};

}  // namespace

Result<std::unique_ptr<Edge>> Edge::create(EventLoop& loop, EdgeOptions options, Log& log,
                                           AccessLog& access_log) {
  auto edge = std::make_unique<EdgeImpl>(loop, std::move(options.front), options.worker_executable,
                                         log, access_log);
  for (AppOptions& app : options.apps) {
    if (auto added = edge->add(std::move(app)); !added)
      return std::unexpected(std::move(added).error());
  }
  return edge;
}

}  // namespace brink::proxy
