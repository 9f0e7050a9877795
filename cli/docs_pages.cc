#include "cli/docs_pages.h"

#include <cctype>
#include <format>
#include <string_view>

#include "cli/error_advice.h"
#include "core/base/errors.h"
#include "core/config/config.h"
#include "core/config/config_keys.h"
#include "core/config/config_patterns.h"

namespace brink::cli {
namespace {

using Kind = ConfigKey::Kind;
using Scope = ConfigKey::Scope;

constexpr std::string_view kAppsSummary =
    "Several apps on one front, each with its own hosts, paths, folder and settings. Without it "
    "there "
    "is one: the folder that brink was started with.";

constexpr std::string_view kMadeBy =
    "<!-- Made by brink-docs from the tables in core/; `brink-docs docs` writes it again. -->\n";

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string json_string(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json + '"';
}

// A JSON value, or nothing when the key has no default.
std::string default_value(const ConfigKey& key) {
  Config config;
  switch (key.kind) {
    case Kind::kInteger:
      // Out of its bounds only where there is a word for that.
      if (key.integer(config) < key.min) return json_string(key.word);
      return std::to_string(key.integer(config));
    case Kind::kBoolean:
      return key.boolean(config) ? "true" : "false";
    case Kind::kVariables:
      return {};
    case Kind::kList: {
      std::string list;
      for (const std::string& item : key.list(config))
        list += (list.empty() ? "" : ", ") + json_string(item);
      return "[" + list + "]";
    }
    case Kind::kText:
      break;
  }
  const std::string text = key.text(config);
  return text.empty() ? std::string() : json_string(text);
}

std::string allowed_values(const ConfigKey& key) {
  if (key.kind == Kind::kBoolean) return "`true`, `false`";
  if (key.kind == Kind::kInteger) {
    return std::format("{} to {}{}{}{}", key.min, key.max, key.unit.empty() ? "" : " ", key.unit,
                       key.word.empty() ? "" : std::format(", `{}`", json_string(key.word)));
  }
  if (key.kind == Kind::kList) return std::format("such as `[{}]`", json_string(key.example));
  if (key.kind == Kind::kVariables) return std::format("such as `{}`", key.example);
  if (key.choices.empty()) return std::format("such as `{}`", json_string(key.example));
  std::string text;
  for (const std::string_view choice : key.choices)
    text += std::format("{}`{}`", text.empty() ? "" : ", ", json_string(choice));
  return text;
}

std::string error_link(ErrorCode code) {
  const std::string_view name = error_info(code).name;
  return std::format("[{}](limits.md#{})", name, lower_case(name));
}

// ------------------------------------------------------------------------------------ the schema

std::string schema_property(const ConfigKey& key, std::string_view indent) {
  std::string text = std::format("{}{}: {{\n", indent, json_string(key.name()));
  const auto line = [&](std::string_view name, std::string_view value) {
    text += std::format("{}  \"{}\": {},\n", indent, name, value);
  };
  line("description", json_string(key.summary));
  if (const std::string value = default_value(key); !value.empty()) line("default", value);
  switch (key.kind) {
    case Kind::kBoolean:
      line("type", "\"boolean\"");
      break;
    case Kind::kInteger:
      if (!key.word.empty()) {
        line("anyOf",
             std::format(
                 R"([{{ "type": "integer", "minimum": {}, "maximum": {} }}, {{ "const": {} }}])",
                 key.min, key.max, json_string(key.word)));
        break;
      }
      line("type", "\"integer\"");
      line("minimum", std::to_string(key.min));
      line("maximum", std::to_string(key.max));
      break;
    case Kind::kList:
      line("type", "\"array\"");
      line("items",
           std::format(R"({{ "type": "string", "pattern": {} }})", json_string(key.pattern)));
      break;
    case Kind::kVariables:
      line("type", "\"object\"");
      line("propertyNames", std::format(R"({{ "pattern": {} }})", json_string(key.pattern)));
      line(
          "additionalProperties",
          std::format(
              R"({{ "anyOf": [{{ "type": "string" }}, {{ "type": "object", "required": ["from_env"], )"
              R"("properties": {{ "from_env": {{ "type": "string", "pattern": {} }} }}, )"
              R"("additionalProperties": false }}] }})",
              json_string(patterns::kAnyText)));
      break;
    case Kind::kText: {
      line("type", "\"string\"");
      std::string choices;
      for (const std::string_view choice : key.choices)
        choices += (choices.empty() ? "" : ", ") + json_string(choice);
      if (!choices.empty()) line("enum", "[" + choices + "]");
      if (!key.pattern.empty()) line("pattern", json_string(key.pattern));
      break;
    }
  }
  text.erase(text.size() - 2, 1);  // the last comma
  return text + std::format("{}}},\n", indent);
}

// Of the keys that may stand at this place; ends with a comma.
std::string schema_properties(Scope elsewhere, const std::string& indent) {
  std::string text;
  std::string_view open;
  const auto close_section = [&] {
    if (open.empty()) return;
    text.erase(text.size() - 2, 1);
    text += indent + "  }\n" + indent + "},\n";
  };
  for (const ConfigKey& key : config_keys()) {
    if (key.scope == elsewhere) continue;
    if (key.section() != open) {
      close_section();
      open = key.section();
      text += std::format(
          "{0}{1}: {{\n{0}  \"description\": {2},\n{0}  \"type\": \"object\",\n"
          "{0}  \"additionalProperties\": false,\n{0}  \"properties\": {{\n",
          indent, json_string(open), json_string(config_section_summary(open).value_or("")));
    }
    text += schema_property(key, open.empty() ? indent : indent + "    ");
  }
  close_section();
  return text;
}

std::string schema_page() {
  std::string text = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "brink.json",
  "description": "Configuration of brink, an edge process that runs middleware.js and edge handlers.",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "$schema": {
      "type": "string"
    },
)";
  text += schema_properties(Scope::kApp, "    ");
  text += std::format(R"(    "apps": {{
      "description": {},
      "type": "array",
      "minItems": 1,
      "items": {{
        "type": "object",
        "additionalProperties": false,
        "required": ["name"],
        "properties": {{
)",
                      json_string(kAppsSummary));
  text += schema_properties(Scope::kFront, "          ");
  text.erase(text.size() - 2, 1);
  return text + R"(        }
      }
    }
  }
}
)";
}

// --------------------------------------------------------------------------------- configuration

std::string keys_table(std::string_view section, bool of_apps) {
  std::string text =
      of_apps ? "| key | default | values | meaning |\n|---|---|---|---|\n"
              : "| key | default | values | per app | meaning |\n|---|---|---|---|---|\n";
  for (const ConfigKey& key : config_keys()) {
    if (key.section() != section || (key.scope == Scope::kApp) != of_apps) continue;
    const std::string value = default_value(key);
    const std::string_view per_app = of_apps ? "" : key.scope == Scope::kFront ? "no | " : "yes | ";
    text +=
        std::format("| `{}` | {} | {} | {}{}{} |\n", key.name(),
                    value.empty() ? "none" : "`" + value + "`", allowed_values(key), per_app,
                    key.summary, key.error ? " Passing it: " + error_link(*key.error) + "." : "");
  }
  return text;
}

std::string configuration_page() {
  std::string text(kMadeBy);
  text += R"(
# Configuration

brink reads `brink.json` in the app's folder, or the file named by `--config`. Everything has a
default; a missing file means all defaults. Options of `brink serve` win over the file: `--origin`,
`--listen`, `--cells`, `--pin-cells`, `--workers`, `--access-log`, `--error-detail`, `--require-jail`.

```json
{
  "listen": "127.0.0.1:8080",
  "origin": "http://localhost:3000",
  "limits": { "cpu_ms": 20 }
}
```

The file is JSON: no comments, no trailing commas, no key twice. An unknown key or a value out of its
bounds is an error with line and column, never ignored. [brink.schema.json](brink.schema.json) gives
editors completion and checks: put its path into `"$schema"`.

"Per app" says whether an app of [`apps`](#apps) may have the key too.

)";
  text += keys_table("", false);
  text += std::format(
      "\n## apps\n\n{} [apps.md](apps.md) shows how. Beside the keys that may stand "
      "at the top as well, an app has:\n\n",
      kAppsSummary);
  text += keys_table("", true);
  std::string_view section;
  for (const ConfigKey& key : config_keys()) {
    if (key.section() == section) continue;
    section = key.section();
    text += std::format("\n## {}\n\n{}\n\n", section, config_section_summary(section).value_or(""));
    text += keys_table(section, false);
  }
  return text;
}

// ---------------------------------------------------------------------------------------- limits

std::string limits_page() {
  std::string text(kMadeBy);
  text += R"(
# Limits and error codes

## Limits

Every limit holds for every request. Passing one ends the request with the code named, and never the
front. They are set under `limits` and `timeouts` in [brink.json](configuration.md).

| key | default | unit | passing it |
|---|---|---|---|
)";
  for (const ConfigKey& key : config_keys()) {
    if (!key.error) continue;
    text += std::format("| `{}` | {} | {} | {} |\n", key.path, default_value(key),
                        key.unit.empty() ? "count" : key.unit, error_link(*key.error));
  }
  text += R"(
These bounds are fixed:

| what | bound | past it |
|---|---|---|
| fields of a request's head | 200 | [BRINK_REQUEST_HEAD_TOO_LARGE](limits.md#brink_request_head_too_large) |
| the head of an origin's response | 64 KiB, 200 fields | [BRINK_ORIGIN_BAD_RESPONSE](limits.md#brink_origin_bad_response) |
| fields of a script's Response | 256 | [BRINK_RESPONSE_HEAD_TOO_LARGE](limits.md#brink_response_head_too_large) |
| URL and headers of one fetch() | 64 KiB, 256 fields | a TypeError |
| requests that one worker has at a time, until their `waitUntil()` is through | 4096 | [BRINK_WORKER_UNAVAILABLE](limits.md#brink_worker_unavailable) |
| a module's source | 4 MiB | [BRINK_APP_INVALID](limits.md#brink_app_invalid) |
| an [error page](error-pages.md) of the app | 256 KiB | [BRINK_APP_INVALID](limits.md#brink_app_invalid) |
| `brink.json` | 1 MiB | [BRINK_CONFIG_INVALID](limits.md#brink_config_invalid) |

A client that does not read its answer costs the front what is under way to it: up to about 0.4 MiB of a streamed
answer of a script, 0.1 MiB of an origin's.

A worker has at most 4096 requests at a time: those that run, whose answers stream, or whose
`waitUntil()` promises are open. From 3072 on, requests whose clients have their answers give way,
oldest first: their `waitUntil()` promises are dropped. From 3840 on, so do answers that have been
silent for 5 seconds. A line in the log says how many; meanwhile another worker is started, if
`workers` allows one, and requests wait for room for up to 10 seconds.

## Error codes

An error page, the access log (`"error"`) and brink's own log name what happened by one of these codes, and the
request by its id: [error-pages.md](error-pages.md). They are stable. A response that breaks off after its head was sent has the code in the
logs only. The status is what the client gets; a code that no client can see has none.

)";
  for (const ErrorInfo& error : all_errors()) {
    const bool at_start = error.code >= ErrorCode::kConfigSyntax;
    text += std::format("### {}\n\n", error.name);
    text += at_start ? std::format("At start: {}.", error.title)
                     : std::format("Status {}: {}.", error.status, error.title);
    text += std::format("\n{}\n\n", error_advice(error.code));
  }
  text.pop_back();
  return text;
}

}  // namespace

std::vector<DocsPage> make_docs_pages() {
  return {{"brink.schema.json", schema_page()},
          {"configuration.md", configuration_page()},
          {"limits.md", limits_page()}};
}

}  // namespace brink::cli
