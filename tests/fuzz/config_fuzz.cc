// The text of a brink.json, and what it yields put to use.
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/config/config_keys.h"
#include "tests/fuzz/target.h"

namespace brink::fuzz {
namespace {

// The value as the command line would give it; empty: not set.
std::string printed(Config& config, const ConfigKey& key) {
  switch (key.kind) {
    case ConfigKey::Kind::kText:
      return key.text(config);
    case ConfigKey::Kind::kInteger:
      if (key.integer(config) == 0 && !key.word.empty()) return std::string(key.word);
      FUZZ_CHECK(key.integer(config) >= key.min && key.integer(config) <= key.max);
      return std::to_string(key.integer(config));
    case ConfigKey::Kind::kBoolean:
      return key.boolean(config) ? "true" : "false";
    case ConfigKey::Kind::kList: {  // only the file can hold one
      std::vector<std::string> again;
      for (const std::string& item : key.list(config)) FUZZ_CHECK(!key.add_item(again, item));
      FUZZ_CHECK(again == key.list(config));
      return {};
    }
    case ConfigKey::Kind::kVariables:
      return {};
  }
  return {};
}

// "brink.json:LINE:COLUMN: what", within the text.
void check_message(const Error& error, std::string_view text) {
  FUZZ_CHECK(error.code == ErrorCode::kConfigSyntax || error.code == ErrorCode::kConfigInvalid);
  constexpr std::string_view kFile = "brink.json:";
  FUZZ_CHECK(error.message.starts_with(kFile));
  char* end = nullptr;
  const unsigned long line = std::strtoul(error.message.c_str() + kFile.size(), &end, 10);
  unsigned long lines = 1;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  FUZZ_CHECK(*end == ':' && line >= 1 && line <= lines);
  const unsigned long column = std::strtoul(end + 1, &end, 10);
  FUZZ_CHECK(*end == ':' && column >= 1 && column <= text.size() + 1);
}

}  // namespace

void config(std::string_view input) {
  const ExactCopy text(input);
  Result<Deployment> parsed = parse_config(text.view(), "brink.json");
  if (!parsed) return check_message(parsed.error(), text.view());
  // What is accepted from the file is accepted from the command line, and means the same.
  FUZZ_CHECK(!parsed->apps.empty());
  Config again;
  for (const ConfigKey& key : config_keys()) {
    const std::string value = printed(parsed->front, key);
    if (value.empty()) continue;
    FUZZ_CHECK(override_config(again, key.path, value, "--option"));
    FUZZ_CHECK(printed(again, key) == value);
  }
}

}  // namespace brink::fuzz
