#include <simdjson.h>
#include <simdutf.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/config/config.h"
#include "core/config/config_keys.h"

namespace brink {
namespace {

namespace ondemand = simdjson::ondemand;

// A parse of one file; lives within parse_config().
class ConfigParser {
 public:
  ConfigParser(std::string_view json, std::string_view file_name)
      : text_(json), file_name_(file_name) {}

  Result<Config> parse() {
    ondemand::parser parser;
    if (auto error = parser.iterate(text_).get(document_)) return syntax(error, nullptr);
    ondemand::object root;
    if (auto error = document_.get_object().get(root)) {
      if (error == simdjson::INCORRECT_TYPE) {
        return invalid(nullptr, "the configuration must be a JSON object: { \"origin\": ... }");
      }
      return syntax(error, location());
    }
    if (auto done = read_object(root, ""); !done) return std::unexpected(std::move(done).error());
    if (!document_.at_end()) return syntax(simdjson::TRAILING_CONTENT, location());
    return std::move(config_);
  }

 private:
  // Keys of the root (section "") or of one section.
  Result<void> read_object(ondemand::object& object, std::string_view section) {
    std::set<std::string, std::less<>> seen;
    for (auto item : object) {
      ondemand::field field;
      if (auto error = std::move(item).get(field)) return syntax(error, location());
      const char* at = field.key_raw_json_token().data();
      std::string_view name_view;
      if (auto error = field.unescaped_key().get(name_view)) return syntax(error, at);
      const std::string name(name_view);
      if (!seen.insert(name).second) return invalid(at, quoted(name) + " is here twice");
      ondemand::value value = field.value();
      if (auto done = read_field(section, name, at, value); !done) return done;
    }
    return {};
  }

  Result<void> read_field(std::string_view section, const std::string& name, const char* at,
                          ondemand::value& value) {
    const std::string path = section.empty() ? name : std::string(section) + "." + name;
    if (const ConfigKey* key = find_config_key(path); key != nullptr && key->section() == section) {
      return read_value(*key, value);
    }
    if (section.empty() && name == "$schema") return read_schema(value);
    if (section.empty() && config_section_summary(name)) {
      ondemand::object object;
      if (auto error = value.get_object().get(object))
        return wrong_type(error, value, path, "an object");
      return read_object(object, name);
    }
    return invalid(at, "there is no key " + quoted(path) + suggest_config_key(section, name));
  }

  Result<void> read_schema(ondemand::value& value) {
    std::string_view text;
    if (auto error = value.get_string().get(text))
      return wrong_type(error, value, "$schema", "a string");
    return {};
  }

  Result<void> read_value(const ConfigKey& key, ondemand::value& value) {
    const std::string right = describe_config_value(key);
    const char* at = value.raw_json_token().data();
    switch (key.kind) {
      case ConfigKey::Kind::kText: {
        std::string_view text;
        if (auto error = value.get_string().get(text))
          return wrong_type(error, value, key.path, right);
        if (auto problem = key.set_text(config_, text))
          return invalid(at, quoted(key.path) + " " + *problem);
        return {};
      }
      case ConfigKey::Kind::kBoolean: {
        bool flag = false;
        if (auto error = value.get_bool().get(flag))
          return wrong_type(error, value, key.path, right);
        key.boolean(config_) = flag;
        return {};
      }
      case ConfigKey::Kind::kInteger: {
        std::uint64_t number = 0;
        if (auto error = value.get_uint64().get(number))
          return wrong_type(error, value, key.path, right);
        if (number < key.min || number > key.max) return must_be(at, key.path, right);
        key.integer(config_) = number;
        return {};
      }
    }
    return {};
  }

  std::unexpected<Error> wrong_type(simdjson::error_code error, ondemand::value& value,
                                    std::string_view path, std::string_view right) {
    const char* at = value.raw_json_token().data();
    switch (error) {
      case simdjson::INCORRECT_TYPE:
      case simdjson::NUMBER_OUT_OF_RANGE:
      case simdjson::NUMBER_ERROR:
      case simdjson::BIGINT_ERROR:
        return must_be(at, path, right);
      default:
        return syntax(error, at);
    }
  }

  std::unexpected<Error> must_be(const char* at, std::string_view path, std::string_view right) {
    return invalid(at, quoted(path) + " must be " + std::string(right));
  }

  // Where the parser stands; nullptr when it does not say.
  const char* location() {
    const char* at = nullptr;
    return document_.current_location().get(at) ? nullptr : at;
  }

  std::unexpected<Error> invalid(const char* at, std::string_view what) {
    return fail(ErrorCode::kConfigInvalid, place(offset_of(at)) + std::string(what));
  }

  // Some of simdjson's errors come without a place; find it.
  std::unexpected<Error> syntax(simdjson::error_code error, const char* at) {
    std::size_t offset = offset_of(at);
    std::string what = "this is not valid JSON";
    const std::string_view json = text_;
    switch (error) {
      case simdjson::EMPTY:
        what = "the file is empty; the smallest configuration is {}";
        break;
      case simdjson::UTF8_ERROR:
        offset = simdutf::validate_utf8_with_errors(json.data(), json.size()).count;
        what = "this is not valid UTF-8";
        break;
      case simdjson::UNCLOSED_STRING:
      case simdjson::UNESCAPED_CHARS:
        offset = string_at_fault();
        what = error == simdjson::UNCLOSED_STRING
                   ? "this string has no end"
                   : "a control character in a string must be escaped";
        break;
      case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
        offset = json.find_last_not_of(" \t\r\n");
        what = "the file must end with the '}' that closes its first '{'";
        break;
      case simdjson::TRAILING_CONTENT:
        what = "nothing may follow the last '}'";
        break;
      case simdjson::STRING_ERROR:
        what = "this string has an escape that JSON does not know";
        break;
      default:
        break;
    }
    const bool comment = json.substr(std::min(offset, json.size())).starts_with('/') ||
                         error == simdjson::INCOMPLETE_ARRAY_OR_OBJECT;
    if (comment && (json.contains("//") || json.contains("/*")))
      what += " (comments are not allowed)";
    return fail(ErrorCode::kConfigSyntax, place(offset) + what);
  }

  // Offset of the first raw control character in a string, else of the last opening quote.
  std::size_t string_at_fault() const {
    const std::string_view json = text_;
    bool inside = false;
    std::size_t opened = 0;
    for (std::size_t i = 0; i < json.size(); ++i) {
      const auto c = static_cast<unsigned char>(json[i]);
      if (inside && c < 0x20) return i;
      if (inside && c == '\\') {
        ++i;
      } else if (c == '"') {
        inside = !inside;
        if (inside) opened = i;
      }
    }
    return opened;
  }

  std::size_t offset_of(const char* at) const {
    const char* begin = text_.data();
    return at == nullptr || at < begin || at > begin + text_.size()
               ? 0
               : static_cast<std::size_t>(at - begin);
  }

  // "file:line:column: "; the column counts characters.
  std::string place(std::size_t offset) const {
    const std::string_view before =
        std::string_view(text_).substr(0, std::min(offset, text_.size()));
    const auto line = 1 + std::ranges::count(before, '\n');
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    const std::string_view head = before.substr(line_start);
    const std::size_t column = 1 + simdutf::count_utf8(head.data(), head.size());
    return file_name_ + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
  }

  static std::string quoted(std::string_view text) {
    return '"' + std::string(text.substr(0, 80)) + '"';
  }

  const simdjson::padded_string text_;
  const std::string file_name_;
  ondemand::document document_;
  Config config_;
};

}  // namespace

Result<Config> parse_config(std::string_view json, std::string_view file_name) {
  return ConfigParser(json, file_name).parse();
}

}  // namespace brink
