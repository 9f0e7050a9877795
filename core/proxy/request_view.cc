#include "core/proxy/request_view.h"

#include <ada.h>

#include <algorithm>

#include "core/http/head.h"

namespace brink::proxy {
namespace {

using http::equals_ignore_case;

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

void view_client_request(const http::ServerExchange& client, HeaderTrust trust, Arena& arena,
                         RequestView& view) {
  const http::RequestHead& head = client.request();
  view.method = head.method;
  view.host = head.host;
  view.target = normalized_target(head.target, arena);
  view.headers.clear();
  const TakenFields taken = take_client_headers(head.headers, trust, arena, view.headers);
  view.hops = taken.hops;
  agree_on_host(view);
  view.scheme = append_forwarding(client, view.host, taken, trust, arena, view.headers);
}

}  // namespace brink::proxy
