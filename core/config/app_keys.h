#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/config.h"

/// The setters of the keys that say which app there is, and where: name, root, hosts, paths, env.
/// As ConfigKey wants them: each sets a value, or answers what would be right ("must be ...").
namespace brink {

std::optional<std::string> set_app_name(Config& config, std::string_view text);
std::optional<std::string> set_app_root(Config& config, std::string_view text);
/// Adds the host in lower case, without a dot at its end.
std::optional<std::string> add_app_host(std::vector<std::string>& hosts, std::string_view text);
/// Adds the prefix without a '/' at its end.
std::optional<std::string> add_app_path(std::vector<std::string>& paths, std::string_view text);
std::optional<std::string> set_app_variable(Config& config, std::string_view name,
                                            std::string_view value);

}  // namespace brink
