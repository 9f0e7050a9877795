#include "core/proxy/request_view.h"

#include <ada.h>

#include <algorithm>
#include <array>

#include "core/http/head.h"

namespace brink::proxy {
namespace {

using http::equals_ignore_case;

constexpr std::string_view kInternalPrefix = "x-middleware-";
constexpr std::array<std::string_view, 6> kInternalNames = {
    "x-now-route-matches",        "x-matched-path", "x-nextjs-data", "x-nextjs-rewrite",
    "x-next-resume-state-length", "next-resume"};

bool is_internal(std::string_view name) {
  const char first = static_cast<char>(name.front() | 0x20);
  if (first != 'x' && first != 'n') return false;
  if (name.size() > kInternalPrefix.size() &&
      equals_ignore_case(name.substr(0, kInternalPrefix.size()), kInternalPrefix)) {
    return true;
  }
  return std::ranges::any_of(kInternalNames,
                             [name](auto n) { return equals_ignore_case(n, name); });
}

enum class Forwarding { kNone, kFor, kProto, kHost, kForwarded };

Forwarding forwarding_kind(std::string_view name) {
  if (equals_ignore_case(name, "x-forwarded-for")) return Forwarding::kFor;
  if (equals_ignore_case(name, "x-forwarded-proto")) return Forwarding::kProto;
  if (equals_ignore_case(name, "x-forwarded-host")) return Forwarding::kHost;
  if (equals_ignore_case(name, "forwarded")) return Forwarding::kForwarded;
  return Forwarding::kNone;
}

/// RFC 7239 section 6: an IPv6 address is bracketed and quoted.
std::string_view forwarded_node(std::string_view ip, Arena& arena) {
  return ip.contains(':') ? arena.concat("\"[", ip, "]\"") : ip;
}

std::string_view appended(std::string_view before, std::string_view value, Arena& arena) {
  return before.empty() ? value : arena.concat(before, ", ", value);
}

/// An absolute-form target overrules the Host field (RFC 9112 section 3.2.2): scripts and origin
/// must see one and the same host.
void agree_on_host(RequestView& view) {
  if (view.host.empty()) return;
  const auto field = std::ranges::find_if(
      view.headers, [](const HeaderField& f) { return equals_ignore_case(f.name, "host"); });
  if (field == view.headers.end()) {
    view.headers.push_back({"host", view.host});
  } else {
    field->value = view.host;
  }
}

}  // namespace

std::string_view find_header(HeaderSpan headers, std::string_view name) {
  for (const HeaderField& field : headers) {
    if (equals_ignore_case(field.name, name)) return field.value;
  }
  return {};
}

std::string_view normalized_target(std::string_view target, Arena& arena) {
  const std::string_view path = target.substr(0, target.find('?'));
  const bool plain = path.find_first_of("\\.%") == std::string_view::npos;
  if (plain || !path.starts_with('/')) return target;
  const bool may_hide_dots =
      path.contains('\\') || path.contains("/.") || path.contains("/%2e") || path.contains("/%2E");
  if (!may_hide_dots) return target;
  // Any host will do: only the path is read. "//x" must stay a path.
  const auto url = ada::parse<ada::url_aggregator>(arena.concat("http://h", path));
  if (!url) return target;
  return arena.concat(url->get_pathname(), target.substr(path.size()));
}

void view_client_request(const http::ServerExchange& client, bool trust_forwarded, Arena& arena,
                         RequestView& view) {
  const http::RequestHead& head = client.request();
  view.method = head.method;
  view.scheme = client.secure() ? "https" : "http";
  view.host = head.host;
  view.target = normalized_target(head.target, arena);

  std::string_view forwarded_for, proto, host, forwarded;
  view.headers.clear();
  http::append_end_to_end(head.headers, view.headers);
  std::erase_if(view.headers, [&](const HeaderField& field) {
    switch (forwarding_kind(field.name)) {
      case Forwarding::kNone:
        return is_internal(field.name);
      // Several lines of one list field are one list (RFC 9110 section 5.3).
      case Forwarding::kFor:
        forwarded_for = appended(forwarded_for, field.value, arena);
        break;
      case Forwarding::kProto:
        proto = field.value;
        break;
      case Forwarding::kHost:
        host = field.value;
        break;
      case Forwarding::kForwarded:
        forwarded = appended(forwarded, field.value, arena);
        break;
    }
    return true;
  });
  agree_on_host(view);
  if (!trust_forwarded) forwarded_for = proto = host = forwarded = {};
  if (trust_forwarded && proto == "https") view.scheme = "https";

  const std::string_view ip = client.client_ip();
  const std::string_view own =
      view.host.empty() ? arena.concat("for=", forwarded_node(ip, arena), ";proto=", view.scheme)
                        : arena.concat("for=", forwarded_node(ip, arena), ";host=\"", view.host,
                                       "\";proto=", view.scheme);
  view.headers.push_back({"x-forwarded-for", appended(forwarded_for, ip, arena)});
  view.headers.push_back({"x-forwarded-proto", proto.empty() ? view.scheme : proto});
  if (!view.host.empty())
    view.headers.push_back({"x-forwarded-host", host.empty() ? view.host : host});
  view.headers.push_back({"forwarded", appended(forwarded, own, arena)});
}

void override_headers(HeaderSpan headers, Arena& arena, RequestView& view) {
  std::vector<HeaderField> kept;
  http::append_end_to_end(headers, kept);
  const bool has_host =
      std::ranges::any_of(kept, [](const auto& f) { return equals_ignore_case(f.name, "host"); });
  const HeaderField old_host{"host", find_header(view.headers, "host")};
  view.headers.clear();
  if (!has_host && !old_host.value.empty()) view.headers.push_back(old_host);
  for (const HeaderField& field : kept) {
    view.headers.push_back({arena.copy(field.name), arena.copy(field.value)});
  }
}

void merge_response_headers(HeaderSpan from_middleware, HeaderSpan from_response,
                            std::vector<HeaderField>& out) {
  out.reserve(out.size() + from_middleware.size() + from_response.size());
  for (const HeaderField& field : from_middleware) {
    const bool repeats = equals_ignore_case(field.name, "set-cookie");
    if (repeats || find_header(from_response, field.name).data() == nullptr) out.push_back(field);
  }
  out.insert(out.end(), from_response.begin(), from_response.end());
}

}  // namespace brink::proxy
