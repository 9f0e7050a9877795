#include "core/config/app_keys.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "core/url/host.h"

namespace brink {
namespace {

using Problem = std::optional<std::string>;

constexpr std::size_t kMaxName_bytes = 63;
constexpr std::size_t kMaxHost_bytes = 253;
constexpr std::size_t kMaxPath_bytes = 1024;

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::optional<std::string> set_app_name(Config& config, std::string_view text) {
  const auto name_char = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  if (text.empty() || text.size() > kMaxName_bytes || !std::ranges::all_of(text, name_char))
    return "must be 1 to 63 of the characters a-z, 0-9 and -";
  config.name = text;
  return std::nullopt;
}

std::optional<std::string> set_app_root(Config& config, std::string_view text) {
  if (text.empty() || text.contains('\0')) return "must be the path of a folder";
  config.root = text;
  return std::nullopt;
}

std::optional<std::string> add_app_host(std::vector<std::string>& hosts, std::string_view text) {
  const std::string_view wildcard = text.starts_with("*.") ? text.substr(0, 2) : "";
  std::optional<std::string> host = "*";
  if (text != "*") host = url::canonical_host(text.substr(wildcard.size()));
  if (host && host->ends_with('.')) host->pop_back();  // the root zone's
  // There are no names below an address.
  const bool name = host && (wildcard.empty() || !url::is_address(*host));
  if (!name || host->size() > kMaxHost_bytes) {
    return "must be a host without a port (\"shop.example.com\", \"[::1]\"), "
           "\"*.example.com\" for all names below one, or \"*\"";
  }
  host->insert(0, wildcard);
  if (std::ranges::contains(hosts, *host)) return "is here twice";
  hosts.push_back(*std::move(host));
  return std::nullopt;
}

std::optional<std::string> add_app_path(std::vector<std::string>& paths, std::string_view text) {
  std::string path(text);
  if (path.ends_with('/') && path.size() > 1 && !path.ends_with("//")) path.pop_back();
  const auto bad_char = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  bool plain = path.starts_with('/') && path.size() <= kMaxPath_bytes &&
               path.find_first_of("?#%\\") == path.npos && !std::ranges::any_of(path, bad_char);
  for (std::size_t at = 0; plain && path != "/" && at < path.size();) {
    const std::size_t end = std::min(path.find('/', at + 1), path.size());
    const std::string_view segment = std::string_view(path).substr(at + 1, end - at - 1);
    plain = !segment.empty() && segment != "." && segment != "..";
    at = end;
  }
  if (!plain) {
    return "must be a path that starts with / (\"/\", \"/blog\"), as it reads decoded: without %, "
           "?, "
           "#, \\, empty or dot segments";
  }
  if (std::ranges::contains(paths, path)) return "is here twice";
  paths.push_back(std::move(path));
  return std::nullopt;
}

std::optional<std::string> set_app_variable(Config& config, std::string_view name,
                                            std::string_view value) {
  const bool name_ok = !name.empty() &&
                       std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
                       std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_'; });
  if (!name_ok) return "is no name of a variable: use letters, digits and _, and no digit first";
  if (value.contains('\0')) return "must not have a NUL character";
  std::erase_if(config.env, [name](const EnvVariable& variable) { return variable.name == name; });
  std::size_t bytes = name.size() + value.size();
  for (const EnvVariable& variable : config.env)
    bytes += variable.name.size() + variable.value.size();
  if (bytes > kMaxEnv_bytes) {
    return "is too much: all variables together would have " + std::to_string(bytes) +
           " bytes, and may have " + std::to_string(kMaxEnv_bytes);
  }
  config.env.push_back({std::string(name), std::string(value)});
  return std::nullopt;
}

}  // namespace brink
