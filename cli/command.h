#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"
#include "core/config/app_files.h"
#include "core/config/config.h"

/// What brink's commands share. Plain functions and values, used by main()'s thread.
namespace brink::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitError = 1;
inline constexpr int kExitUsage = 2;

/// A command-line option that sets a key of the configuration.
struct ConfigOption {
  std::string_view name;  ///< "--listen"
  std::string_view key;   ///< "listen"
  std::string_view placeholder;
};
inline constexpr std::array<ConfigOption, 4> kConfigOptions = {{
    {"--origin", "origin", "URL"},
    {"--listen", "listen", "ADDR"},
    {"--workers", "workers", "N"},
    {"--access-log", "access_log", "PATH"},
}};

/// What the command line said.
struct CommandLine {
  std::string directory = ".";
  std::string config_file;  ///< empty: brink.json in the directory, if there is one
  std::array<std::optional<std::string>, kConfigOptions.size()> config_options;
};

/// The configuration and the app that the command line names.
struct LoadedFolder {
  Config config;
  AppFiles app;
  std::string worker_executable;  ///< empty: the app has no scripts
};
Result<LoadedFolder> load_folder(const CommandLine& line);

/// "shop/middleware.js:3:5: BRINK_X: message" when the message starts with a place, else "brink:
/// BRINK_X: message"; then the page of docs. Both on standard error. `directory` is put before the
/// place's file.
void print_error(const Error& error, std::string_view directory = {});

/// Says on standard error which files of the app are not run, and why.
void print_skipped(const AppFiles& app);

int serve(const CommandLine& line);
int check(const CommandLine& line);

}  // namespace brink::cli
