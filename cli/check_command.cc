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

namespace brink::cli {
namespace {

void print_row(std::string_view title, std::string_view text) {
  std::println("{:<12}  {}", title, text);
}

void print_middleware(const std::string& path, const proxy::LoadedApp& loaded) {
  print_row("middleware", path);
  if (loaded.matches_every_path) {
    print_row("", "  every path (it has no config.matcher)");
    return;
  }
  for (const auto& matcher : loaded.matchers) print_row("", "  " + matcher.source);
  if (loaded.matchers.empty()) print_row("", "  no path (its config.matcher is empty)");
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

}  // namespace

int check(const CommandLine& line) {
  Result<LoadedFolder> folder = load_folder(line);
  if (!folder) {
    print_error(folder.error());
    return folder.error().code == ErrorCode::kUsage ? kExitUsage : kExitError;
  }
  const std::optional<std::string> middleware = folder->app.middleware();
  const std::vector<HandlerFile> handlers = folder->app.handlers();
  const OriginConfig origin = folder->config.origin;
  print_skipped(folder->app);

  Log log(std::max(folder->config.log_level, LogLevel::kWarn));
  const auto access_log = AccessLog::open("off");
  if (!access_log) return kExitError;  // "off" opens nothing
  EventLoop loop;
  auto edge = proxy::Edge::create(
      loop, {std::move(folder->config), std::move(folder->app), folder->worker_executable}, log,
      **access_log);
  if (!edge) {
    print_error(edge.error());
    return kExitError;
  }
  Result<proxy::LoadedApp> loaded = fail(ErrorCode::kInternal, "loading the app did not finish");
  (*edge)->load([&](Result<proxy::LoadedApp> result) {
    loaded = std::move(result);
    (*edge)->drain([&loop] { loop.stop(); });
  });
  loop.run();
  if (!loaded) {
    print_error(loaded.error(), line.directory);
    return kExitError;
  }

  print_row("app", line.directory);
  if (middleware) print_middleware(*middleware, *loaded);
  print_handlers(handlers);
  print_row("other paths",
            origin.configured() ? "http://" + origin.authority : "404 (no origin is configured)");
  return kExitOk;
}

}  // namespace brink::cli
