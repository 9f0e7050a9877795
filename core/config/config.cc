#include "core/config/config.h"

#include <charconv>
#include <cstring>
#include <fstream>

#include "core/config/config_keys.h"

namespace brink {
namespace {

constexpr std::size_t kMaxFile_bytes = 1024 * 1024;

}  // namespace

Result<Deployment> load_config(const std::string& path, std::span<const ConfigOverride> overrides) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kConfigInvalid, path + ": " + std::string(why));
  };
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return refuse(std::strerror(errno != 0 ? errno : EIO));
  std::string text(kMaxFile_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file.eof() && file.fail())) return refuse("cannot be read; is it a file?");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxFile_bytes) return refuse("is larger than 1 MiB");
  return parse_config(text, path, overrides);
}

Result<void> override_config(Config& config, std::string_view key_path, std::string_view value,
                             std::string_view option) {
  const ConfigKey* key = find_config_key(key_path);
  if (key == nullptr) return fail(ErrorCode::kInternal, "no key " + std::string(key_path));
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kUsage,
                std::string(option) + ": \"" + std::string(value) + "\" " + std::string(why));
  };
  switch (key->kind) {
    case ConfigKey::Kind::kText:
      if (auto problem = key->set_text(config, value)) return refuse(*problem);
      break;
    case ConfigKey::Kind::kBoolean:
      if (value != "true" && value != "false") return refuse("must be true or false");
      key->boolean(config) = value == "true";
      break;
    case ConfigKey::Kind::kInteger: {
      if (!key->word.empty() && value == key->word) {
        key->integer(config) = 0;
        break;
      }
      std::uint64_t number = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
      if (error != std::errc{} || end != value.data() + value.size() || number < key->min ||
          number > key->max) {
        return refuse("must be " + describe_config_value(*key));
      }
      key->integer(config) = number;
      break;
    }
    case ConfigKey::Kind::kList:
    case ConfigKey::Kind::kVariables:
      return refuse("can only be set in brink.json");
  }
  return {};
}

}  // namespace brink
