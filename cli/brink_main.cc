#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <print>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "core/base/spelling.h"
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

constexpr const char* kServeExamples = R"(Examples:
  brink serve shop --origin http://localhost:3000
  brink serve --config /etc/brink/brink.json --cells auto

A changed file is served after a restart. brink.json sets what has no option here:
docs/configuration.md.)";

constexpr const char* kCheckExamples = R"(Examples:
  brink check shop
  brink check --config /etc/brink/brink.json
  brink check --jail

Exit codes: 0 fine, 1 an error, 2 the command line is not valid.)";

constexpr std::array<std::string_view, 5> kCommands = {"serve", "check", "bench", "help",
                                                       "version"};

// The first sentence, without the marks of the docs.
std::string first_sentence(std::string_view summary) {
  std::string text(summary.substr(0, summary.find(". ")));
  std::erase(text, '`');
  if (text.ends_with('.')) text.pop_back();
  return text;
}

enum class For : std::uint8_t { kServe, kCheck };

void add_folder(CLI::App& command, CommandLine& line, For purpose) {
  command.add_option("DIR", line.directory, "The app's folder")
      ->capture_default_str()
      ->option_text("[.]");
  command
      .add_option("--config", line.config_file, "Configuration file (default: brink.json in DIR)")
      ->option_text("FILE");
  for (std::size_t i = 0; i < kConfigOptions.size(); ++i) {
    const ConfigOption& option = kConfigOptions[i];
    if (purpose == For::kCheck && !option.for_check) continue;
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

// What is wrong with a command line that CLI11 refused, in the words of whoever typed it.
std::string describe_usage(const CLI::App& app, const CLI::ParseError& error,
                           std::span<char*> arguments) {
  const std::string_view first = arguments.empty() ? "" : arguments.front();
  if (!first.empty() && !first.starts_with('-') && !std::ranges::contains(kCommands, first)) {
    return "there is no command \"" + std::string(first) + '"' + did_you_mean(first, kCommands);
  }
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  const CLI::App& command = parsed.empty() ? app : *parsed.front();
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const std::string_view argument : arguments) {
    const std::string_view name = argument.substr(0, argument.find('='));
    if (!name.starts_with("--") || name.size() == 2 || std::ranges::contains(known, name)) continue;
    return "there is no option " + std::string(name) + did_you_mean(name, known);
  }
  if (first.empty()) return "which command? serve, check or bench";
  return error.what();
}

int run(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  // brink-bench knows its own arguments.
  if (command == "bench") return bench(argv + 1);
  const bool wants_version = command == "version" || command == "-v" || command == "-V" ||
                             command == "--version" ||
                             (argc > 2 && std::string_view(argv[2]) == "--version");
  if (wants_version) {
    std::println("brink {}", BRINK_VERSION);
    return kExitOk;
  }
  CLI::App app(
      "brink stands in front of an origin, runs a site's middleware.js and edge handlers, and "
      "proxies the rest.",
      "brink");
  app.add_flag("--version", "Show the version and exit");
  app.footer(kExamples);
  app.get_formatter()->enable_footer_formatting(false);
  app.require_subcommand(1);
  CommandLine line;
  CLI::App* serve_command = app.add_subcommand("serve", "Serve an app's folder");
  CLI::App* check_command =
      app.add_subcommand("check", "Load an app and show what runs for which paths");
  app.add_subcommand("bench", "Measure how fast any HTTP server answers (brink bench --help)");
  add_folder(*serve_command, line, For::kServe);
  add_folder(*check_command, line, For::kCheck);
  for (CLI::App* each : {serve_command, check_command})
    each->get_formatter()->enable_footer_formatting(false);
  serve_command->footer(kServeExamples);
  check_command->footer(kCheckExamples);
  if (command == "help") {
    CLI::App* asked = argc > 2 ? app.get_subcommand_no_throw(argv[2]) : nullptr;
    std::print("{}", (asked == nullptr ? app : *asked).help());
    return kExitOk;
  }
  check_command->add_flag("--jail", line.jail,
                          "Show what keeps a worker in on this system, whatever the app");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    const std::span<char*> arguments(argv + 1, static_cast<std::size_t>(std::max(argc, 1) - 1));
    print_error(
        {ErrorCode::kUsage, describe_usage(app, error, arguments) + "; brink --help shows how"});
    return kExitUsage;
  }
  if (serve_command->parsed()) return serve(line);
  return line.jail ? check_jail() : check(line);
}

}  // namespace
}  // namespace brink::cli

int main(int argc, char** argv) { return brink::cli::run(argc, argv); }
