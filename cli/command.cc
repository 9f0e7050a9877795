#include "cli/command.h"

#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <print>
#include <system_error>

namespace brink::cli {
namespace {

namespace fs = std::filesystem;

bool is_executable(const fs::path& path) { return ::access(path.c_str(), X_OK) == 0; }

}  // namespace

namespace {

// A program that was built or installed with this one. `purpose` begins the error: "... needs".
Result<std::string> find_companion(std::string_view name, std::string_view purpose,
                                   std::string_view advice) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) return fail(ErrorCode::kSystem, "/proc/self/exe: " + error.message());
  const fs::path beside = self.parent_path() / name;
  const fs::path installed = self.parent_path().parent_path() / "libexec/brink" / name;
  for (const fs::path& path : {beside, installed}) {
    if (is_executable(path)) return path.string();
  }
  return fail(ErrorCode::kSystem, std::string(purpose) + ' ' + std::string(name) +
                                      ", which is neither " + beside.string() + " nor " +
                                      installed.string() + std::string(advice));
}

}  // namespace

Result<std::string> find_worker() {
  if (const char* named = std::getenv("BRINK_WORKER"); named != nullptr && *named != '\0') {
    if (is_executable(named)) return named;
    return fail(ErrorCode::kSystem,
                "BRINK_WORKER names " + std::string(named) + ", which cannot be run");
  }
  return find_companion("brink-worker", "the app's scripts need", "; set BRINK_WORKER to its path");
}

int bench(char** arguments) {
  const Result<std::string> program = find_companion("brink-bench", "brink bench needs", "");
  if (!program) {
    print_error(program.error());
    return kExitError;
  }
  ::execv(program->c_str(), arguments);
  print_error({ErrorCode::kSystem, *program + ": " + std::generic_category().message(errno)});
  return kExitError;
}

namespace {

// The path of brink.json; empty: there is none.
std::string config_file(const CommandLine& line) {
  if (!line.config_file.empty()) return line.config_file;
  const fs::path path = (fs::path(line.directory) / "brink.json").lexically_normal();
  return ::access(path.c_str(), F_OK) == 0 ? path.string() : std::string();
}

Result<Deployment> read_config(const CommandLine& line) {
  std::vector<ConfigOverride> overrides;
  for (std::size_t i = 0; i < kConfigOptions.size(); ++i) {
    if (const auto& value = line.config_options[i])
      overrides.push_back({kConfigOptions[i].key, *value, kConfigOptions[i].name});
  }
  const std::string path = config_file(line);
  if (!line.config_file.empty() && ::access(path.c_str(), R_OK) != 0) {
    return fail(ErrorCode::kUsage,
                "--config " + path + ": " + std::generic_category().message(errno));
  }
  return path.empty() ? parse_config("{}", path, overrides) : load_config(path, overrides);
}

// Where the app's folder is: the command line's for an app without a name.
std::string app_folder(const CommandLine& line, const Config& app) {
  if (app.name.empty()) return line.directory;
  return (fs::path(config_file(line)).parent_path() / app.root).lexically_normal();
}

// The length of "file:line:column" at the start of the message; 0: there is none.
std::size_t place_size(std::string_view message) {
  const auto digits_before = [&](std::size_t end) {
    std::size_t at = end;
    while (at > 0 && std::isdigit(static_cast<unsigned char>(message[at - 1])) != 0) --at;
    return at < end && at > 1 && message[at - 1] == ':' ? at - 1 : 0;
  };
  const std::size_t end = message.find(": ");
  if (end == message.npos) return 0;
  const std::size_t line_end = digits_before(end);
  return line_end != 0 && digits_before(line_end) != 0 ? end : 0;
}

std::string docs_anchor(std::string_view name) {
  std::string anchor(name);
  for (char& c : anchor) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return anchor;
}

}  // namespace

Result<proxy::EdgeOptions> load_deployment(const CommandLine& line) {
  Result<Deployment> config = read_config(line);
  if (!config) return std::unexpected(std::move(config).error());
  proxy::EdgeOptions deployment{
      .front = std::move(config->front), .apps = {}, .worker_executable = {}};
  bool has_scripts = false;
  for (Config& app : config->apps) {
    Result<AppFiles> files = scan_app(app_folder(line, app));
    if (!files && !app.name.empty()) {
      return fail(files.error().code, "app \"" + app.name + "\": " + files.error().message);
    }
    if (!files) return std::unexpected(std::move(files).error());
    has_scripts |= files->has_scripts();
    deployment.apps.push_back({std::move(app), *std::move(files)});
  }
  if (has_scripts) {
    Result<std::string> worker = find_worker();
    if (!worker) return std::unexpected(std::move(worker).error());
    deployment.worker_executable = *std::move(worker);
  }
  return deployment;
}

void print_error(const Error& error, std::string_view directory) {
  const std::string_view name = error_info(error.code).name;
  const std::string_view message = error.message;
  if (const std::size_t size = place_size(message); size != 0) {
    const std::string place = (fs::path(directory) / message.substr(0, size)).lexically_normal();
    std::println(stderr, "{}: {}: {}", place, name, message.substr(size + 2));
  } else {
    std::println(stderr, "brink: {}: {}", name, message);
  }
  std::println(stderr, "  see {}#{}", error_docs_page(), docs_anchor(name));
}

void print_ignored(const AppFiles& app) {
  for (const IgnoredFile& file : app.ignored())
    std::println(stderr, "brink: {} is not used: {}", file.path, file.reason);
  for (const std::string& path : app.node_handlers()) {
    std::println(stderr,
                 "brink: {} is not run: it is a Node.js handler, as it does not say `export const "
                 "config = {{ runtime: 'edge' }}`; its path goes to the origin",
                 path);
  }
  if (app.has_scripts()) return;
  std::println(stderr,
               "brink: nothing in {} runs: looked for middleware.js or proxy.js (.mjs too), and "
               "for files in pages/api; all of these may also be in src/",
               app.root());
}

}  // namespace brink::cli
