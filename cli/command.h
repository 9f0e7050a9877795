#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/config/app_files.h"
#include "core/config/config.h"
#include "core/proxy/edge.h"

/// What brink's commands share. Plain functions and values, used by main()'s thread.
namespace brink::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitError = 1;
inline constexpr int kExitUsage = 2;

/// A command-line option that sets a key of the configuration.
struct ConfigOption {
  std::string_view name;         ///< "--listen"
  std::string_view key;          ///< "listen"
  std::string_view placeholder;  ///< empty: a flag, which stands for "true"
  bool for_check = false;        ///< it changes what `brink check` says
};
inline constexpr std::array<ConfigOption, 8> kConfigOptions = {{
    {"--origin", "origin", "URL", true},
    {"--listen", "listen", "ADDR"},
    {"--cells", "cells", "N|auto"},
    {"--pin-cells", "pin_cells", ""},
    {"--workers", "workers", "N"},
    {"--access-log", "access_log", "PATH"},
    {"--error-detail", "error_detail", ""},
    {"--require-jail", "require_jail", "", true},
}};

/// What the command line said.
struct CommandLine {
  std::string directory = ".";
  std::string config_file;  ///< empty: brink.json in the directory, if there is one
  std::array<std::optional<std::string>, kConfigOptions.size()> config_options;
  bool jail = false;  ///< check: the jail, not an app
};

/// The configuration and the apps that the command line names.
Result<proxy::EdgeOptions> load_deployment(const CommandLine& line);

/// Path of brink-worker.
Result<std::string> find_worker();

/// Replaces this process by brink-bench, the load generator, with what follows "bench". Returns an
/// exit code only when that could not be started.
int bench(char** arguments);

/// "shop/middleware.js:3:5: BRINK_X: message" when the message starts with a place, else "brink:
/// BRINK_X: message"; then the page of docs. Both on standard error. `directory` is put before the
/// place's file.
void print_error(const Error& error, std::string_view directory = {});

/// Says on standard error which files of the app are not used, and why; and where nothing of it
/// runs, what was looked for.
void print_ignored(const AppFiles& app);

int serve(const CommandLine& line);
int check(const CommandLine& line);
int check_jail();

}  // namespace brink::cli
