#include <simdjson.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/config.h"
#include "core/config/config_keys.h"
#include "core/config/json_text.h"

namespace brink {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view kApps = "apps";
constexpr std::size_t kMaxRoutes = 100'000;

const char* place_of(ondemand::value& value) { return value.raw_json_token().data(); }

// A parse of one file; lives within parse_config().
class ConfigParser {
 public:
  ConfigParser(std::string_view json, std::string_view file_name) : text_(json, file_name) {}

  Result<Deployment> parse(std::span<const ConfigOverride> overrides) {
    ondemand::parser parser;
    if (auto error = parser.iterate(text_.padded()).get(document_)) {
      return text_.syntax(error, nullptr);
    }
    ondemand::object root;
    if (auto error = document_.get_object().get(root)) {
      if (error == simdjson::INCORRECT_TYPE) {
        return text_.invalid(nullptr,
                             "the configuration must be a JSON object: { \"origin\": ... }");
      }
      return text_.syntax(error, location());
    }
    if (auto done = read_object(root, ""); !done) return std::unexpected(std::move(done).error());
    if (!document_.at_end()) return text_.syntax(simdjson::TRAILING_CONTENT, location());
    for (const ConfigOverride& option : overrides) {
      auto done = override_config(config_, option.key, option.value, option.name);
      if (!done) return std::unexpected(std::move(done).error());
    }
    deployment_.front = config_;
    if (!has_apps_) {
      if (auto done = check_workers(); !done) return std::unexpected(std::move(done).error());
      deployment_.apps.push_back(config_);
    } else if (auto done = read_apps(); !done) {
      return std::unexpected(std::move(done).error());
    }
    return std::move(deployment_);
  }

 private:
  // Calls `visit` with the name, its place and the value of each member; no name may come twice.
  template <class Visitor>
  Result<void> for_each_member(ondemand::object& object, Visitor visit) {
    std::set<std::string, std::less<>> seen;
    for (auto item : object) {
      ondemand::field field;
      if (auto error = std::move(item).get(field)) return text_.syntax(error, location());
      const char* at = field.key_raw_json_token().data();
      std::string_view name_view;
      if (auto error = field.unescaped_key().get(name_view)) return text_.syntax(error, at);
      const std::string name(name_view);
      if (!seen.insert(name).second) return text_.invalid(at, in_quotes(name) + " is here twice");
      ondemand::value value = field.value();
      if (auto done = visit(name, at, value); !done) return done;
    }
    return {};
  }

  // Keys of the root or an app (section ""), or of one section.
  Result<void> read_object(ondemand::object& object, std::string_view section) {
    return for_each_member(object,
                           [&](const std::string& name, const char* at, ondemand::value& value) {
                             return read_field(section, name, at, value);
                           });
  }

  Result<void> read_field(std::string_view section, const std::string& name, const char* at,
                          ondemand::value& value) {
    const std::string path = section.empty() ? name : std::string(section) + "." + name;
    if (const ConfigKey* key = find_config_key(path); key != nullptr && key->section() == section) {
      if (key->scope == ConfigKey::Scope::kFront && in_app_) {
        return text_.invalid(at, in_quotes(path) + " holds for all apps; it can't be an app's own");
      }
      if (key->scope == ConfigKey::Scope::kApp && !in_app_) {
        return text_.invalid(at, in_quotes(path) + " belongs to an app: { \"apps\": [ { " +
                                     in_quotes(path) + ": ... } ] }");
      }
      places_[key->path] = place_of(value);
      return read_value(*key, value);
    }
    if (section.empty() && !in_app_ && name == "$schema") return read_schema(value);
    if (section.empty() && !in_app_ && name == kApps) {
      has_apps_ = true;  // for later: their defaults are all that stands beside them
      return {};
    }
    if (section.empty() && config_section_summary(name)) {
      ondemand::object object;
      if (auto error = value.get_object().get(object))
        return text_.unreadable(error, place_of(value), path, "an object");
      return read_object(object, name);
    }
    return text_.invalid(at,
                         "there is no key " + in_quotes(path) + suggest_config_key(section, name));
  }

  Result<void> read_schema(ondemand::value& value) {
    std::string_view text;
    if (auto error = value.get_string().get(text))
      return text_.unreadable(error, place_of(value), "$schema", "a string");
    return {};
  }

  Result<void> read_value(const ConfigKey& key, ondemand::value& value) {
    const std::string right = describe_config_value(key);
    const char* at = place_of(value);
    switch (key.kind) {
      case ConfigKey::Kind::kText: {
        std::string_view text;
        if (auto error = value.get_string().get(text))
          return text_.unreadable(error, at, key.path, right);
        if (auto problem = key.set_text(config_, text))
          return text_.invalid(at, in_quotes(key.path) + " " + *problem);
        return {};
      }
      case ConfigKey::Kind::kBoolean: {
        bool flag = false;
        if (auto error = value.get_bool().get(flag))
          return text_.unreadable(error, at, key.path, right);
        key.boolean(config_) = flag;
        return {};
      }
      case ConfigKey::Kind::kInteger: {
        std::string_view word;
        if (!key.word.empty() && !value.get_string().get(word)) {
          if (word != key.word) return text_.must_be(at, key.path, right);
          key.integer(config_) = 0;
          return {};
        }
        std::uint64_t number = 0;
        if (auto error = value.get_uint64().get(number))
          return text_.unreadable(error, at, key.path, right);
        if (number < key.min || number > key.max) return text_.must_be(at, key.path, right);
        key.integer(config_) = number;
        return {};
      }
      case ConfigKey::Kind::kList:
        return read_list(key, value);
      case ConfigKey::Kind::kVariables:
        return read_variables(key, value);
    }
    return {};
  }

  Result<void> read_list(const ConfigKey& key, ondemand::value& value) {
    const std::string right = describe_config_value(key);
    ondemand::array array;
    if (auto error = value.get_array().get(array))
      return text_.unreadable(error, place_of(value), key.path, right);
    std::vector<std::string>& list = key.list(config_);
    list.clear();
    for (auto item : array) {
      ondemand::value element;
      if (auto error = std::move(item).get(element)) return text_.syntax(error, location());
      const char* at = place_of(element);
      std::string_view text;
      if (auto error = element.get_string().get(text))
        return text_.unreadable(error, at, key.path, right);
      if (auto problem = key.add_item(list, text))
        return text_.invalid(at, in_quotes(key.path) + ": " + in_quotes(text) + " " + *problem);
    }
    return {};
  }

  // An app's variables are added to those of the root; one of the same name replaces it.
  Result<void> read_variables(const ConfigKey& key, ondemand::value& value) {
    const std::string right = describe_config_value(key);
    ondemand::object object;
    if (auto error = value.get_object().get(object))
      return text_.unreadable(error, place_of(value), key.path, right);
    return for_each_member(
        object,
        [&](const std::string& name, const char* at, ondemand::value& content) -> Result<void> {
          auto text = read_variable(std::string(key.path) + "." + name, content);
          if (!text) return std::unexpected(std::move(text).error());
          if (auto problem = key.set_variable(config_, name, *text))
            return text_.invalid(at, in_quotes(key.path) + ": " + in_quotes(name) + " " + *problem);
          return {};
        });
  }

  // "text", or { "from_env": "NAME" }: of the environment that brink itself was started in.
  Result<std::string> read_variable(const std::string& path, ondemand::value& value) {
    constexpr std::string_view kRight = "a string or { \"from_env\": \"NAME\" }";
    const char* at = place_of(value);
    std::string_view text;
    const simdjson::error_code no_string = value.get_string().get(text);
    if (!no_string) return std::string(text);
    ondemand::object object;
    if (no_string != simdjson::INCORRECT_TYPE) return text_.syntax(no_string, at);
    if (auto error = value.get_object().get(object))
      return text_.unreadable(error, at, path, kRight);
    std::optional<std::string> name;
    for (auto item : object) {
      ondemand::field field;
      if (auto error = std::move(item).get(field)) return text_.syntax(error, location());
      std::string_view key;
      if (auto error = field.unescaped_key().get(key)) return text_.syntax(error, at);
      if (key != "from_env" || name) return text_.must_be(at, path, kRight);
      if (auto error = field.value().get_string().get(text))
        return text_.unreadable(error, at, path, kRight);
      name = text;
    }
    if (!name || name->empty() || name->contains('\0')) return text_.must_be(at, path, kRight);
    const char* found = std::getenv(name->c_str());
    if (found == nullptr) {
      return text_.invalid(at, in_quotes(path) + ": brink's own environment has no variable " +
                                   in_quotes(*name) + "; set it before brink starts");
    }
    return std::string(found);
  }

  // ------------------------------------------------------------------------------------------ apps

  Result<void> read_apps() {
    in_app_ = true;
    document_.rewind();
    ondemand::object root;
    if (auto error = document_.get_object().get(root)) return text_.syntax(error, location());
    for (auto item : root) {
      ondemand::field field;
      if (auto error = std::move(item).get(field)) return text_.syntax(error, location());
      std::string_view name;
      if (auto error = field.unescaped_key().get(name)) return text_.syntax(error, location());
      if (name != kApps) continue;
      ondemand::value value = field.value();
      return read_app_list(value);
    }
    return {};
  }

  Result<void> read_app_list(ondemand::value& value) {
    constexpr std::string_view kRight = "an array of objects: [{ \"name\": \"shop\", ... }]";
    const char* at = place_of(value);
    ondemand::array array;
    if (auto error = value.get_array().get(array))
      return text_.unreadable(error, at, kApps, kRight);
    for (auto item : array) {
      ondemand::value element;
      if (auto error = std::move(item).get(element)) return text_.syntax(error, location());
      const char* app_at = place_of(element);
      ondemand::object object;
      if (auto error = element.get_object().get(object))
        return text_.unreadable(error, app_at, kApps, kRight);
      config_ = deployment_.front;
      places_.clear();
      if (auto done = read_object(object, ""); !done) return done;
      if (auto done = check_app(app_at); !done) return done;
      deployment_.apps.push_back(std::move(config_));
    }
    if (deployment_.apps.empty())
      return text_.invalid(at, "\"apps\" is empty; name an app, or leave the key out");
    return {};
  }

  Result<void> check_workers() {
    if (config_.min_workers <= config_.workers) return {};
    const auto place = places_.find("min_workers");
    return text_.invalid(place == places_.end() ? nullptr : place->second,
                         "\"min_workers\" is " + std::to_string(config_.min_workers) +
                             ", but \"workers\", the most there are, is " +
                             std::to_string(config_.workers));
  }

  // What only shows beside the other apps.
  Result<void> check_app(const char* app_at) {
    if (auto done = check_workers(); !done) return done;
    if (config_.name.empty()) return text_.invalid(app_at, "this app has no \"name\"");
    if (!names_.insert(config_.name).second)
      return text_.invalid(places_["name"], "another app has the name " + in_quotes(config_.name));
    if (config_.hosts.size() * config_.paths.size() + routes_.size() > kMaxRoutes) {
      return text_.invalid(app_at, "the apps have more than " + std::to_string(kMaxRoutes) +
                                       " pairs of a host and a path");
    }
    for (const std::string& host : config_.hosts) {
      for (const std::string& path : config_.paths) {
        const auto [route, added] = routes_.try_emplace({host, path}, config_.name);
        if (added) continue;
        return text_.invalid(route_place(app_at), "the app " + in_quotes(route->second) + " has " +
                                                      in_quotes(path) + " of the host " +
                                                      in_quotes(host) + " already");
      }
    }
    return {};
  }

  const char* route_place(const char* app_at) const {
    for (const std::string_view key : {"paths", "hosts"}) {
      if (const auto found = places_.find(key); found != places_.end()) return found->second;
    }
    return app_at;
  }

  // Where the parser stands; nullptr when it does not say.
  const char* location() {
    const char* at = nullptr;
    return document_.current_location().get(at) ? nullptr : at;
  }

  const JsonText text_;
  ondemand::document document_;
  Deployment deployment_;
  Config config_;  // the one that is being read: the front's, then each app's
  bool has_apps_ = false;
  bool in_app_ = false;
  std::map<std::string_view, const char*> places_;                     // of its values, by key
  std::set<std::string> names_;                                        // of the apps
  std::map<std::pair<std::string, std::string>, std::string> routes_;  // (host, path) -> app
};

}  // namespace

Result<Deployment> parse_config(std::string_view json, std::string_view file_name,
                                std::span<const ConfigOverride> overrides) {
  return ConfigParser(json, file_name).parse(overrides);
}

}  // namespace brink
