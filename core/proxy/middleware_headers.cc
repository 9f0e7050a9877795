#include "core/proxy/middleware_headers.h"

#include <algorithm>
#include <string_view>

#include "core/http/field_names.h"
#include "core/http/head.h"
#include "core/proxy/request_headers.h"

namespace brink::proxy {
namespace {

using http::equals_ignore_case;
using http::trim_whitespace;

constexpr std::string_view kSetCookieForRequest = "x-middleware-set-cookie";

bool has_field(HeaderSpan fields, std::string_view name) {
  return find_header(fields, name).data() != nullptr;
}

std::string_view up_to(std::string_view text, char end) { return text.substr(0, text.find(end)); }

/// "name=value" of a Set-Cookie field (RFC 6265 section 4.1.1).
std::string_view cookie_pair(std::string_view set_cookie) {
  return trim_whitespace(up_to(set_cookie, ';'));
}

/// The Cookie header with the cookies that `fields` set in place of those of the same names.
std::string_view merged_cookies(std::string_view cookies, HeaderSpan fields, Arena& arena) {
  std::vector<std::string_view> pairs;
  std::vector<std::string_view> names;
  for (const HeaderField& field : fields) {
    if (!equals_ignore_case(field.name, "set-cookie")) continue;
    pairs.push_back(cookie_pair(field.value));
    names.push_back(up_to(pairs.back(), '='));
  }
  std::ranges::sort(names);
  std::vector<std::string_view> merged;
  while (!cookies.empty()) {
    const std::string_view pair = up_to(cookies, ';');
    cookies.remove_prefix(std::min(pair.size() + 1, cookies.size()));
    const std::string_view own = trim_whitespace(pair);
    if (!own.empty() && !std::ranges::binary_search(names, up_to(own, '='))) merged.push_back(own);
  }
  merged.append_range(pairs);
  if (merged.empty()) return {};
  return arena.join(merged.front(), "; ", std::span(merged).subspan(1));
}

/// The items of a comma-separated list, as names.
std::vector<HeaderField> items_of(std::string_view list) {
  std::vector<HeaderField> items;
  while (!list.empty()) {
    const std::string_view item = up_to(list, ',');
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    const std::string_view trimmed = trim_whitespace(item);
    if (!trimmed.empty()) items.push_back({trimmed, {}});
  }
  return items;
}

/// The comma-separated names of both lists.
std::string_view merged_lists(std::string_view first, HeaderSpan fields, std::string_view name,
                              Arena& arena) {
  const std::vector<HeaderField> items = items_of(first);
  const http::FieldNames known(items);
  std::vector<std::string_view> added;
  for (const HeaderField& field : fields) {
    if (!equals_ignore_case(field.name, name)) continue;
    for (const HeaderField& item : items_of(field.value)) {
      if (!known.contains(item.name)) added.push_back(item.name);
    }
  }
  return arena.join(first, ", ", added);
}

}  // namespace

bool is_for_request_only(std::string_view name) {
  return equals_ignore_case(name, kSetCookieForRequest);
}

void override_headers(HeaderSpan list, Arena& arena, std::vector<HeaderField>& request) {
  std::vector<HeaderField> kept;
  http::append_end_to_end(list, kept);
  const bool has_host = has_field(kept, "host");
  const HeaderField old_host{"host", find_header(request, "host")};
  request.clear();
  if (!has_host && !old_host.value.empty()) request.push_back(old_host);
  for (const HeaderField& field : kept) {
    request.push_back({arena.copy(field.name), arena.copy(field.value)});
  }
}

void add_to_request(HeaderSpan fields, Arena& arena, std::vector<HeaderField>& request) {
  if (fields.empty()) return;
  if (has_field(fields, kSetCookieForRequest)) {
    const std::string_view cookies = merged_cookies(find_header(request, "cookie"), fields, arena);
    std::erase_if(request, [](const auto& f) { return equals_ignore_case(f.name, "cookie"); });
    if (!cookies.empty()) request.push_back({"cookie", cookies});
  }
  const http::FieldNames replaced(fields);
  std::erase_if(request, [&](const HeaderField& f) { return replaced.contains(f.name); });
  request.insert(request.end(), fields.begin(), fields.end());
}

void merge_response_headers(HeaderSpan from_middleware, HeaderSpan from_response, Arena& arena,
                            std::vector<HeaderField>& out) {
  out.reserve(out.size() + from_middleware.size() + from_response.size());
  const http::FieldNames own(from_response);
  FieldLines vary;
  for (const HeaderField& field : from_middleware) {
    if (is_for_request_only(field.name)) continue;
    const bool repeats = equals_ignore_case(field.name, "set-cookie");
    if (repeats || !own.contains(field.name)) {
      out.push_back(field);
    } else if (equals_ignore_case(field.name, "vary")) {
      vary.add(field.value);
    }
  }
  if (vary.empty()) {
    out.insert(out.end(), from_response.begin(), from_response.end());
    return;
  }
  for (const HeaderField& field : from_response) {
    if (!equals_ignore_case(field.name, "vary")) out.push_back(field);
  }
  out.push_back({"vary", merged_lists(vary.joined(", ", arena), from_response, "vary", arena)});
}

}  // namespace brink::proxy
