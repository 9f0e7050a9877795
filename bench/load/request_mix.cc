#include "bench/load/request_mix.h"

#include <strings.h>

#include <algorithm>

namespace brink::load {
namespace {

bool has_header(const std::vector<RequestHeader>& headers, const std::string& name) {
  return std::ranges::any_of(headers, [&](const RequestHeader& header) {
    return ::strcasecmp(header.name.c_str(), name.c_str()) == 0;
  });
}

std::string method_of(const RequestSpec& spec, const RequestDefaults& defaults, bool has_body) {
  if (!spec.method.empty()) return spec.method;
  if (!defaults.method.empty()) return defaults.method;
  return has_body ? "POST" : "GET";
}

// RFC 9110 section 8.6: a method that means something with a body says that there is none.
bool wants_content_length(const std::string& method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

PreparedRequest prepare(const RequestSpec& spec, const RequestDefaults& defaults) {
  const bool has_body = spec.has_body || defaults.has_body;
  const std::string& body = spec.has_body ? spec.body : defaults.body;
  const std::string method = method_of(spec, defaults, has_body);
  std::string bytes =
      method + ' ' + (spec.path.empty() ? defaults.path : spec.path) + " HTTP/1.1\r\n";
  const auto add = [&bytes](std::string_view name, std::string_view value) {
    bytes.append(name).append(": ").append(value).append("\r\n");
  };
  if (!has_header(spec.headers, "host") && !has_header(defaults.headers, "host")) {
    add("Host", defaults.host_header);
  }
  for (const RequestHeader& header : defaults.headers) {
    if (!has_header(spec.headers, header.name)) add(header.name, header.value);
  }
  for (const RequestHeader& header : spec.headers) add(header.name, header.value);
  if (has_body || wants_content_length(method)) add("Content-Length", std::to_string(body.size()));
  if (!defaults.keep_alive) add("Connection", "close");
  bytes += "\r\n";
  if (has_body) bytes += body;
  const std::uint16_t expected =
      spec.expected_status != 0 ? spec.expected_status : defaults.expected_status;
  return {.bytes = std::move(bytes), .is_head = method == "HEAD", .expected_status = expected};
}

RequestMix::RequestMix(const std::vector<RequestSpec>& specs, const RequestDefaults& defaults,
                       std::uint64_t seed)
    : random_(seed) {
  double sum = 0;
  for (const RequestSpec& spec : specs) {
    requests_.push_back(prepare(spec, defaults));
    cumulative_weights_.push_back(sum += spec.weight);
  }
}

const PreparedRequest& RequestMix::next() {
  if (requests_.size() == 1) return requests_.front();
  const double at = std::uniform_real_distribution<double>(0, cumulative_weights_.back())(random_);
  const auto found = std::ranges::upper_bound(cumulative_weights_, at);
  const auto index = static_cast<std::size_t>(found - cumulative_weights_.begin());
  return requests_[std::min(index, requests_.size() - 1)];
}

}  // namespace brink::load
