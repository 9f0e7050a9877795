#include "bench/load/request_file.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace brink::load {
namespace {

namespace dom = simdjson::dom;

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

bool is_field_value(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

bool is_name(std::string_view name, std::string_view lower_case) {
  return std::ranges::equal(name, lower_case, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
  });
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Each reads one value into the request, and says what would be right when it can't.
using Reader = std::string (*)(dom::element, RequestSpec&);

std::string read_text(dom::element value, std::string& text) {
  std::string_view view;
  if (value.get(view) != simdjson::SUCCESS) return "must be text";
  text = view;
  return {};
}

std::string read_method(dom::element value, RequestSpec& request) {
  return read_text(value, request.method);
}

std::string read_path(dom::element value, RequestSpec& request) {
  return read_text(value, request.path);
}

std::string read_headers(dom::element value, RequestSpec& request) {
  constexpr const char* kRight = "must be an object of texts, or of arrays of texts";
  dom::object headers;
  if (value.get(headers) != simdjson::SUCCESS) return kRight;
  for (const auto [name, entry] : headers) {
    std::string_view text;
    dom::array list;
    if (entry.get(text) == simdjson::SUCCESS) {
      request.headers.push_back({std::string(name), std::string(text)});
    } else if (entry.get(list) == simdjson::SUCCESS) {
      for (const dom::element item : list) {
        if (item.get(text) != simdjson::SUCCESS) return kRight;
        request.headers.push_back({std::string(name), std::string(text)});
      }
    } else {
      return kRight;
    }
  }
  return {};
}

std::string read_body(dom::element value, RequestSpec& request) {
  request.has_body = true;
  std::string_view text;
  request.body = value.get(text) == simdjson::SUCCESS ? std::string(text) : simdjson::minify(value);
  return {};
}

std::string read_weight(dom::element value, RequestSpec& request) {
  const bool right = value.get(request.weight) == simdjson::SUCCESS &&
                     std::isfinite(request.weight) && request.weight > 0;
  return right ? "" : "must be a number above 0";
}

std::string read_expect(dom::element value, RequestSpec& request) {
  std::uint64_t status = 0;
  if (value.get(status) != simdjson::SUCCESS || status < 200 || status > 599) {
    return "must be a status from 200 to 599";
  }
  request.expected_status = static_cast<std::uint16_t>(status);
  return {};
}

struct Key {
  std::string_view name;
  Reader read;
};
constexpr std::array<Key, 6> kKeys = {{{"method", read_method},
                                       {"path", read_path},
                                       {"headers", read_headers},
                                       {"body", read_body},
                                       {"weight", read_weight},
                                       {"expect", read_expect}}};

// Why `json` is no request; empty: it is, and is in `request`.
std::string read_request(dom::parser& parser, std::string_view json, RequestSpec& request) {
  dom::element element;
  if (const auto error = parser.parse(json.data(), json.size()).get(element)) {
    return std::string("this is not valid JSON: ") + simdjson::error_message(error);
  }
  dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return "a request must be an object";
  for (const auto [name, value] : object) {
    const auto* key = std::ranges::find(kKeys, name, &Key::name);
    if (key == kKeys.end()) {
      return "there is no key \"" + std::string(name.substr(0, 80)) +
             "\"; a request has method, path, headers, body, weight, expect";
    }
    if (const std::string why = key->read(value, request); !why.empty()) {
      return '"' + std::string(name) + "\" " + why;
    }
  }
  return objection_to(request);
}

class RequestFile {
 public:
  RequestFile(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Result<std::vector<RequestSpec>> parse() {
    const bool array = trim(text_).starts_with('[');
    Result<std::vector<RequestSpec>> requests = array ? parse_array() : parse_lines();
    if (requests && requests->empty()) {
      return fail(ErrorCode::kUsage, name_ + ": there is no request in this file");
    }
    return requests;
  }

 private:
  /// `at`: a byte of the file.
  std::unexpected<Error> wrong(std::size_t at, const std::string& what) const {
    const auto line = 1 + std::ranges::count(text_.substr(0, at), '\n');
    return fail(ErrorCode::kUsage, name_ + ":" + std::to_string(line) + ": " + what);
  }

  Result<std::vector<RequestSpec>> parse_lines() {
    std::vector<RequestSpec> requests;
    for (std::size_t begin = 0; begin < text_.size();) {
      const std::size_t end = std::min(text_.find('\n', begin), text_.size());
      const std::string_view line = trim(text_.substr(begin, end - begin));
      const std::size_t start = std::exchange(begin, end + 1);
      if (line.empty()) continue;
      const std::string why = read_request(parser_, line, requests.emplace_back());
      if (!why.empty()) return wrong(start, why);
    }
    return requests;
  }

  // On demand for the elements' places, then each like a line.
  Result<std::vector<RequestSpec>> parse_array() {
    namespace ondemand = simdjson::ondemand;
    const simdjson::padded_string padded(text_);
    const auto at = [&](const char* place) {
      return static_cast<std::size_t>(place - padded.data());
    };
    ondemand::parser parser;
    ondemand::document document;
    ondemand::array array;
    if (const auto error = parser.iterate(padded).get(document))
      return not_json(error, at, document);
    if (const auto error = document.get_array().get(array)) return not_json(error, at, document);
    std::vector<RequestSpec> requests;
    for (auto item : array) {
      std::string_view json;
      if (const auto error = item.raw_json().get(json)) return not_json(error, at, document);
      const std::string why = read_request(parser_, json, requests.emplace_back());
      if (!why.empty()) return wrong(at(json.data()), why);
    }
    if (!document.at_end()) return wrong(text_.size(), "the array ends too early");
    return requests;
  }

  std::unexpected<Error> not_json(simdjson::error_code error, const auto& at,
                                  simdjson::ondemand::document& document) const {
    const char* place = nullptr;
    const bool known = document.current_location().get(place) == simdjson::SUCCESS;
    return wrong(known ? at(place) : text_.size(),
                 std::string("this is not valid JSON: ") + simdjson::error_message(error));
  }

  const std::string_view text_;
  const std::string name_;
  dom::parser parser_;
};

}  // namespace

Result<std::vector<RequestSpec>> parse_requests(std::string_view text, std::string_view file_name) {
  return RequestFile(text, file_name).parse();
}

Result<RequestHeader> parse_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos) {
    return fail(ErrorCode::kUsage, "a header is 'Name: value', not '" + std::string(line) + "'");
  }
  RequestSpec request;
  request.headers.push_back(
      {std::string(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))});
  if (std::string why = objection_to(request); !why.empty()) {
    return fail(ErrorCode::kUsage, std::move(why));
  }
  return std::move(request.headers.front());
}

std::string objection_to(const RequestSpec& request) {
  if (!request.method.empty() && !is_token(request.method)) {
    return "\"" + request.method + "\" is no method";
  }
  const bool plain = std::ranges::all_of(request.path, [](char c) { return c > ' ' && c < 0x7f; });
  if (!request.path.empty() && (!request.path.starts_with('/') || !plain)) {
    return "\"path\" must begin with / and have no blanks or bytes that need %-encoding";
  }
  for (const RequestHeader& header : request.headers) {
    if (!is_token(header.name)) return "\"" + header.name + "\" is no header name";
    if (!is_field_value(header.value)) return "the value of " + header.name + " has a line break";
    for (const std::string_view ours : {"content-length", "transfer-encoding", "connection"}) {
      if (is_name(header.name, ours)) return header.name + " is set by brink-bench itself";
    }
  }
  return {};
}

}  // namespace brink::load
