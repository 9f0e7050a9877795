#include <algorithm>
#include <print>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "core/loop/event_loop.h"
#include "core/observe/access_log.h"
#include "core/observe/log.h"
#include "core/proxy/edge.h"
#include "core/proxy/egress_policy.h"

namespace brink::cli {
namespace {

void print_row(std::string_view title, std::string_view text) {
  std::println("{:<12}  {}", title, text);
}

void print_list(std::string_view title, const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  print_row(title, text);
}

void print_middleware(const std::string& path, const proxy::LoadedApp& loaded) {
  print_row("middleware", path);
  if (loaded.matches_every_path) {
    print_row("", "  every path (it has no config.matcher)");
    return;
  }
  for (const auto& matcher : loaded.matchers) {
    // An empty list of matchers is told as one that matches nothing.
    print_row("", matcher.source.empty() ? "  no path (its config.matcher is empty)"
                                         : "  " + matcher.source);
  }
}

void print_handlers(const std::vector<HandlerFile>& handlers) {
  std::size_t width = 0;
  for (const HandlerFile& handler : handlers) width = std::max(width, handler.route_pattern.size());
  std::string_view title = "handlers";
  for (const HandlerFile& handler : handlers) {
    print_row(title, std::format("{:<{}}  {}", handler.route_pattern, width, handler.module_path));
    title = "";
  }
}

// Loads one app, and says what runs for which paths.
Result<void> check_app(const proxy::EdgeOptions& deployment, proxy::AppOptions app, Log& log) {
  const auto access_log = AccessLog::open("off");
  if (!access_log) return std::unexpected(access_log.error());
  const std::optional<std::string> middleware = app.files.middleware();
  const std::vector<HandlerFile> handlers = app.files.handlers();
  const std::vector<std::string> error_pages = app.files.error_pages().paths();
  const Config config = app.config;
  const std::string folder = app.files.root();
  EventLoop loop;
  proxy::EdgeOptions options{
      .front = deployment.front, .apps = {}, .worker_executable = deployment.worker_executable};
  if (!app.files.has_scripts()) options.worker_executable.clear();
  options.apps.push_back(std::move(app));
  auto edge = proxy::Edge::create(loop, std::move(options), log, **access_log);
  if (!edge) return std::unexpected(edge.error());
  Result<proxy::LoadedApp> loaded = fail(ErrorCode::kInternal, "loading the app did not finish");
  (*edge)->load([&](Result<proxy::LoadedApp> result) {
    loaded = std::move(result);
    (*edge)->drain([&loop] { loop.stop(); });
  });
  loop.run();
  if (!loaded) return std::unexpected(loaded.error());

  print_row("app", config.name.empty() ? folder : config.name + "  " + folder);
  if (!config.name.empty()) print_list("hosts", config.hosts), print_list("paths", config.paths);
  if (middleware) print_middleware(*middleware, *loaded);
  print_handlers(handlers);
  if (!error_pages.empty()) print_list("error pages", error_pages);
  print_row("other paths", config.origin.configured() ? "http://" + config.origin.authority
                                                      : "404 (no origin is configured)");
  print_row("egress", (config.origin.configured() ? "the origin; " : "") +
                          proxy::describe_egress(config.egress));
  return {};
}

}  // namespace

int check(const CommandLine& line) {
  Result<proxy::EdgeOptions> deployment = load_deployment(line);
  if (!deployment) {
    print_error(deployment.error());
    return deployment.error().code == ErrorCode::kUsage ? kExitUsage : kExitError;
  }
  Log log(std::max(deployment->front.log_level, LogLevel::kWarn));
  int exit_code = kExitOk;
  std::string_view separator;
  for (proxy::AppOptions& app : deployment->apps) {
    print_ignored(app.files);
    const std::string folder = app.files.root();
    const std::string name = app.config.name;
    std::print("{}", separator);
    separator = "\n";
    if (auto done = check_app(*deployment, std::move(app), log); !done) {
      if (!name.empty()) std::println(stderr, "brink: app {} ({}) cannot be loaded:", name, folder);
      print_error(done.error(), folder);
      exit_code = kExitError;
    }
  }
  return exit_code;
}

}  // namespace brink::cli
