#include <CLI/CLI.hpp>

#include <array>
#include <print>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "core/config/config_keys.h"

namespace brink::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  brink serve .                                     middleware.js and pages/api of this folder
  brink serve shop --origin http://localhost:3000   the rest comes from the origin
  brink serve shop --listen :0 --access-log off     any free port, no access log
  brink serve --config /etc/brink/brink.json        several apps, by host and path: docs/apps.md
  brink check shop                                  what runs for which paths, without serving
  brink check --jail                                what keeps workers in on this system
  brink bench http://127.0.0.1:8080/                how fast any server answers: docs/benchmarking.md

Exit codes: 0 fine, 1 an error, 2 the command line is not valid.
brink.json in the folder sets what has no option here: docs/configuration.md.)";

// The first sentence, without the marks of the docs.
std::string first_sentence(std::string_view summary) {
  std::string text(summary.substr(0, summary.find(". ")));
  std::erase(text, '`');
  if (text.ends_with('.')) text.pop_back();
  return text;
}

void add_folder(CLI::App& command, CommandLine& line) {
  command.add_option("DIR", line.directory, "The app's folder")
      ->capture_default_str()
      ->option_text("[.]");
  command
      .add_option("--config", line.config_file, "Configuration file (default: brink.json in DIR)")
      ->option_text("FILE");
  for (std::size_t i = 0; i < kConfigOptions.size(); ++i) {
    const ConfigOption& option = kConfigOptions[i];
    const ConfigKey* key = find_config_key(option.key);
    const std::string summary = key ? first_sentence(key->summary) : "";
    std::optional<std::string>& value = line.config_options[i];
    if (option.placeholder.empty()) {
      command.add_flag_callback(std::string(option.name), [&value] { value = "true"; }, summary);
    } else {
      command.add_option(std::string(option.name), value, summary)
          ->option_text(std::string(option.placeholder));
    }
  }
}

int run(int argc, char** argv) {
  // brink-bench knows its own arguments.
  if (argc > 1 && std::string_view(argv[1]) == "bench") return bench(argv + 1);
  CLI::App app(
      "brink stands in front of an origin, runs a site's middleware.js and edge handlers, and "
      "proxies the rest.",
      "brink");
  app.set_version_flag("--version", "brink " BRINK_VERSION);
  app.footer(kExamples);
  app.get_formatter()->enable_footer_formatting(false);
  app.require_subcommand(1);
  CommandLine line;
  CLI::App* serve_command = app.add_subcommand("serve", "Serve an app's folder");
  CLI::App* check_command =
      app.add_subcommand("check", "Load an app and show what runs for which paths");
  app.add_subcommand("bench", "Measure how fast any HTTP server answers (brink bench --help)");
  add_folder(*serve_command, line);
  add_folder(*check_command, line);
  check_command->add_flag("--jail", line.jail,
                          "Show what keeps a worker in on this system, whatever the app");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    print_error({ErrorCode::kUsage, std::string(error.what()) + "; brink --help shows how"});
    return kExitUsage;
  }
  if (serve_command->parsed()) return serve(line);
  return line.jail ? check_jail() : check(line);
}

}  // namespace
}  // namespace brink::cli

int main(int argc, char** argv) { return brink::cli::run(argc, argv); }
