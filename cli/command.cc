#include "cli/command.h"

#include <unistd.h>

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <print>

namespace brink::cli {
namespace {

namespace fs = std::filesystem;

bool is_executable(const fs::path& path) { return ::access(path.c_str(), X_OK) == 0; }

Result<std::string> find_worker() {
  if (const char* named = std::getenv("BRINK_WORKER"); named != nullptr && *named != '\0') {
    if (is_executable(named)) return named;
    return fail(ErrorCode::kSystem,
                "BRINK_WORKER names " + std::string(named) + ", which cannot be run");
  }
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) return fail(ErrorCode::kSystem, "/proc/self/exe: " + error.message());
  const fs::path beside = self.parent_path() / "brink-worker";
  const fs::path installed = self.parent_path().parent_path() / "libexec/brink/brink-worker";
  for (const fs::path& path : {beside, installed}) {
    if (is_executable(path)) return path.string();
  }
  return fail(ErrorCode::kSystem, "the app's scripts need brink-worker, which is neither " +
                                      beside.string() + " nor " + installed.string() +
                                      "; set BRINK_WORKER to its path");
}

Result<Config> find_config(const CommandLine& line) {
  if (!line.config_file.empty()) return load_config(line.config_file);
  const fs::path path = fs::path(line.directory) / "brink.json";
  if (::access(path.c_str(), F_OK) != 0) return Config();
  return load_config(path.lexically_normal());
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

Result<LoadedFolder> load_folder(const CommandLine& line) {
  LoadedFolder folder;
  Result<AppFiles> app = scan_app(line.directory);
  if (!app) return std::unexpected(std::move(app).error());
  folder.app = *std::move(app);
  Result<Config> config = find_config(line);
  if (!config) return std::unexpected(std::move(config).error());
  folder.config = *std::move(config);
  for (std::size_t i = 0; i < kConfigOptions.size(); ++i) {
    const std::optional<std::string>& value = line.config_options[i];
    if (!value) continue;
    const ConfigOption& option = kConfigOptions[i];
    auto done = override_config(folder.config, option.key, *value, option.name);
    if (!done) return std::unexpected(std::move(done).error());
  }
  if (folder.app.has_scripts()) {
    Result<std::string> worker = find_worker();
    if (!worker) return std::unexpected(std::move(worker).error());
    folder.worker_executable = *std::move(worker);
  }
  return folder;
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

void print_skipped(const AppFiles& app) {
  for (const std::string& path : app.skipped()) {
    std::println(stderr,
                 "brink: {} is not run: only .js and .mjs files are; its path goes to the origin",
                 path);
  }
}

}  // namespace brink::cli
