#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/errors.h"
#include "core/config/config.h"

namespace brink {

/// One key of brink.json. The table of these is the only place where a key's name, bounds, unit and
/// meaning are declared (its default is Config's): the parser, the messages, the JSON schema, the
/// docs and the command line are made from it. Immutable, for the whole process.
struct ConfigKey {
  enum class Kind : std::uint8_t {
    kText,
    kInteger,
    kBoolean,
    kList,       ///< array of strings
    kVariables,  ///< object of strings
  };
  /// Where the key may stand: at the top, in an app of "apps", or both; what stands at the top is
  /// then the default of all apps.
  enum class Scope : std::uint8_t { kFrontAndApp, kFront, kApp };

  std::string_view path;  ///< "limits.cpu_ms"; at most one section
  Kind kind = Kind::kText;
  Scope scope = Scope::kFrontAndApp;
  std::string_view summary;                   ///< one sentence, with its full stop
  std::uint64_t min = 0;                      ///< kInteger, inclusive
  std::uint64_t max = 0;                      ///< kInteger, inclusive
  std::string_view unit;                      ///< kInteger: "ms", "bytes", "MiB"; empty for a count
  std::string_view word;                      ///< kInteger: the one text that is allowed too, as 0
  std::optional<ErrorCode> error;             ///< what passing it gives
  std::span<const std::string_view> choices;  ///< kText: the only values; empty: see set_text
  /// kText, kList: a value, or item, that is not the default. kVariables: such a value as JSON.
  std::string_view example;
  /// kText, kList, kVariables: what a value, an item, or a name looks like, as JSON Schema's
  /// `pattern` (an expression of ECMA-262). Takes all that the setters below take.
  std::string_view pattern;

  /// kText: sets the value, or answers what would be right ("must be ...").
  std::optional<std::string> (*set_text)(Config&, std::string_view) = nullptr;
  std::string (*text)(const Config&) = nullptr;  ///< kText; empty: not set
  std::uint64_t& (*integer)(Config&) = nullptr;  ///< kInteger
  bool& (*boolean)(Config&) = nullptr;           ///< kBoolean
  /// kList: a list of strings.
  std::vector<std::string>& (*list)(Config&) = nullptr;
  /// kList: adds the text to such a list, or answers what would be right ("must be ...").
  std::optional<std::string> (*add_item)(std::vector<std::string>&, std::string_view) = nullptr;
  /// kVariables: sets one, or answers what would be right.
  std::optional<std::string> (*set_variable)(Config&, std::string_view name,
                                             std::string_view value) = nullptr;

  std::string_view section() const;  ///< "limits"; empty at the top
  std::string_view name() const;     ///< "cpu_ms"
};

/// All keys, those of one section together.
std::span<const ConfigKey> config_keys();

/// nullptr when there is no such key.
const ConfigKey* find_config_key(std::string_view path);

/// What the named section is for, one sentence; nullopt when there is no such section.
std::optional<std::string_view> config_section_summary(std::string_view section);

/// ", did you mean \"cpu_ms\"?" for a misspelt key of the section, or nothing.
std::string suggest_config_key(std::string_view section, std::string_view name);

/// "a whole number from 1 to 60000 (ms)", for messages.
std::string describe_config_value(const ConfigKey& key);

}  // namespace brink
