#include "core/proxy/intermediary.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/decimal.h"

namespace brink::proxy {
namespace {

using http::equals_ignore_case;

// More than any chain of proxies has; a request to an origin that is brink itself gets there.
constexpr unsigned kMaxHops = 10;

// What a Max-Forwards is counted down from when it does not fit.
constexpr std::uint64_t kMostForwards = 1'000'000;

bool holds_credentials(std::string_view name) {
  return equals_ignore_case(name, "cookie") || equals_ignore_case(name, "authorization") ||
         equals_ignore_case(name, "proxy-authorization");
}

bool may_hold_secret(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  constexpr std::array<std::string_view, 7> kWords = {"cookie", "auth",    "token", "secret",
                                                      "key",    "session", "cert"};
  return std::ranges::any_of(kWords, [&](std::string_view word) { return lower.contains(word); });
}

/// The least valid value of the Max-Forwards fields, which are taken out; nullopt: none.
std::optional<std::uint64_t> take_max_forwards(std::vector<HeaderField>& headers) {
  std::optional<std::uint64_t> least;
  std::erase_if(headers, [&least](const HeaderField& field) {
    if (!equals_ignore_case(field.name, "max-forwards")) return false;
    std::uint64_t number = 0;
    const char* const end = std::to_address(field.value.end());
    const auto [rest, error] = std::from_chars(std::to_address(field.value.begin()), end, number);
    if (error == std::errc::invalid_argument || rest != end) return true;
    if (error == std::errc::result_out_of_range) number = kMostForwards;
    least = std::min(least.value_or(number), number);
    return true;
  });
  return least;
}

}  // namespace

bool is_loop(const RequestView& view) { return view.hops >= kMaxHops; }

Onward prepare_onward(RequestView& view, std::uint8_t minor_version, Arena& arena) {
  const bool trace = view.method == "TRACE";
  if (trace || view.method == "OPTIONS") {
    if (const auto forwards = take_max_forwards(view.headers)) {
      if (*forwards == 0) return Onward::kAnswerHere;
      view.headers.push_back({"max-forwards", decimal(*forwards - 1, arena)});
    }
  }
  if (trace)
    std::erase_if(view.headers, [](const auto& field) { return holds_credentials(field.name); });
  view.headers.push_back({"via", minor_version == 0 ? "1.0 brink" : "1.1 brink"});
  return Onward::kForward;
}

OwnAnswer own_answer(const http::RequestHead& request) {
  if (request.method != "TRACE") {
    return {204, {"allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE"}, {}};
  }
  OwnAnswer answer{200, {"content-type", "message/http"}, {}};
  answer.body.append(request.method).append(" ").append(request.raw_target);
  answer.body.append(request.minor_version == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  for (const HeaderField& field : request.headers) {
    if (may_hold_secret(field.name)) continue;
    answer.body.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  answer.body.append("\r\n");
  return answer;
}

}  // namespace brink::proxy
