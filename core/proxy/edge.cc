#include "core/proxy/edge.h"

#include <chrono>
#include <utility>

#include "core/http/server.h"
#include "core/http/upstream.h"
#include "core/loop/timer.h"
#include "core/proxy/app.h"
#include "core/proxy/exchange.h"
#include "core/supervise/worker_pool.h"

namespace brink::proxy {
namespace {

http::UpstreamOptions upstream_options(const Config& config) {
  http::UpstreamOptions options;
  options.connect_timeout_ms = config.timeouts.origin_connect_ms;
  options.response_timeout_ms = config.timeouts.origin_response_ms;
  options.body_timeout_ms = config.timeouts.origin_body_ms;
  options.idle_timeout_ms = config.timeouts.origin_idle_ms;
  return options;
}

http::ServerOptions server_options(const Config& config) {
  http::ServerOptions options;
  options.max_head_bytes = config.limits.request_head_bytes;
  options.head_timeout_ms = config.timeouts.client_head_ms;
  options.keep_alive_timeout_ms = config.timeouts.client_keep_alive_ms;
  options.body_timeout_ms = config.timeouts.client_body_ms;
  return options;
}

constexpr std::uint64_t kLogFlush_ms = 1000;

std::uint64_t wall_clock_us() {
  using namespace std::chrono;
  return static_cast<std::uint64_t>(
      duration_cast<microseconds>(system_clock::now().time_since_epoch()).count());
}

class EdgeImpl final : public Edge, http::RequestHandler {
 public:
  EdgeImpl(EventLoop& loop, EdgeOptions options, Log& log, AccessLog& access_log)
      : loop_(loop),
        options_(std::move(options)),
        upstreams_(http::UpstreamPool::create(loop, upstream_options(options_.config))),
        app_{loop, options_.config, log, access_log, *upstreams_},
        flush_(loop, [&access_log] { access_log.flush(); }),
        drain_limit_(loop, [this] { finish_drain(); }) {
    flush_.set_background(true);
    flush_.start(kLogFlush_ms, kLogFlush_ms);
  }

  Result<void> build_routes() {
    std::vector<std::string> patterns;
    for (const HandlerFile& handler : options_.app.handlers())
      patterns.push_back(handler.route_pattern);
    auto routes = Routes::build(patterns);
    if (!routes) return std::unexpected(routes.error());
    app_.routes = std::move(*routes);
    app_.has_middleware = options_.app.middleware().has_value();
    return {};
  }

  void load(std::function<void(Result<LoadedApp>)> loaded) override {
    if (!options_.app.has_scripts()) {
      loop_.defer([loaded = std::move(loaded)] { loaded(LoadedApp{}); });
      return;
    }
    workers_ = std::make_unique<supervise::WorkerPool>(loop_, options_.config, options_.app,
                                                       options_.worker_executable, app_.log);
    app_.workers = workers_.get();
    // Shared: start() may fail, and then the callback is still ours.
    auto report = std::make_shared<std::function<void(Result<LoadedApp>)>>(std::move(loaded));
    auto started = workers_->start([this, report](Result<supervise::AppDescription> description) {
      (*report)(description ? use(*description)
                            : Result<LoadedApp>(std::unexpected(description.error())));
    });
    if (!started)
      loop_.defer([report, error = started.error()] { (*report)(std::unexpected(error)); });
  }

  Result<void> listen() override {
    auto server =
        http::Server::listen(loop_, options_.config.listen, server_options(options_.config), *this);
    if (!server) return std::unexpected(server.error());
    server_ = std::move(*server);
    return {};
  }

  std::string address() const override { return server_ ? server_->address() : ""; }

  void drain(std::function<void()> drained) override {
    drained_ = std::move(drained);
    drain_limit_.start(options_.config.timeouts.drain_ms);
    if (!server_) return end_workers();
    server_->drain([this] { loop_.defer([this] { end_workers(); }); });
  }

 private:
  Result<LoadedApp> use(const supervise::AppDescription& description) {
    std::vector<MatcherSource> sources;
    LoadedApp loaded;
    for (const auto& matcher : description.matchers) {
      sources.push_back({matcher.source, matcher.regexp});
      loaded.matchers.push_back({matcher.source, matcher.regexp});
    }
    auto matcher = Matcher::compile(sources);
    if (!matcher) return std::unexpected(matcher.error());
    app_.matcher = std::move(*matcher);
    app_.matches_every_path = description.matches_every_path;
    loaded.has_middleware = app_.has_middleware;
    loaded.matches_every_path = description.matches_every_path;
    return loaded;
  }

  void end_workers() {
    if (!workers_) return finish_drain();
    workers_->shut_down([this] { loop_.defer([this] { finish_drain(); }); });
  }

  void finish_drain() {
    drain_limit_.stop();
    app_.access_log.flush();
    if (drained_) std::exchange(drained_, {})();
  }

  void on_request(http::ServerExchange& exchange) override { Exchange::start(app_, exchange); }

  void on_bad_request(std::string_view client_ip, const Error& error) override {
    AccessRecord record;
    record.time_us = wall_clock_us();
    record.client = client_ip;
    record.status = static_cast<std::uint16_t>(error_info(error.code).status);
    record.error = error.code;
    app_.access_log.write(record);
  }

  EventLoop& loop_;
  EdgeOptions options_;
  std::unique_ptr<http::UpstreamPool> upstreams_;
  App app_;
  std::unique_ptr<supervise::WorkerPool> workers_;
  std::unique_ptr<http::Server> server_;  // before the workers and upstreams that its exchanges use
  Timer flush_;
  Timer drain_limit_;
  std::function<void()> drained_;
};

}  // namespace

Result<std::unique_ptr<Edge>> Edge::create(EventLoop& loop, EdgeOptions options, Log& log,
                                           AccessLog& access_log) {
  auto edge = std::make_unique<EdgeImpl>(loop, std::move(options), log, access_log);
  if (auto routes = edge->build_routes(); !routes) return std::unexpected(routes.error());
  return edge;
}

}  // namespace brink::proxy
