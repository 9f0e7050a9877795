#include "core/proxy/request_view.h"

#include <algorithm>

#include "core/http/head.h"
#include "core/url/target.h"

namespace brink::proxy {
namespace {

using http::equals_ignore_case;

/// What scripts see of a request without a Host; the origin gets its own name then.
constexpr std::string_view kNoHost = "localhost";
constexpr std::string_view kHttpsPort = ":443";

}  // namespace

std::string_view RequestView::url(Arena& arena) const {
  const std::string_view slash = target.starts_with('/') ? "" : "/";
  return arena.concat(scheme, "://", host, slash, target);
}

std::string_view RequestView::page_url(Arena& arena) const {
  const std::string_view page = url::page_path(path());
  if (page.size() == path().size()) return url(arena);
  return arena.concat(scheme, "://", host, page, target.substr(path().size()));
}

void set_host(std::string_view host, RequestView& view) {
  view.host = host;
  const auto field = std::ranges::find_if(
      view.headers, [](const HeaderField& f) { return equals_ignore_case(f.name, "host"); });
  if (field == view.headers.end())
    view.headers.push_back({"host", host});
  else
    field->value = host;
}

void view_client_request(const http::ServerExchange& client, HeaderTrust trust, Arena& arena,
                         RequestView& view) {
  const http::RequestHead& head = client.request();
  view.method = head.method;
  view.target = head.target;
  view.headers.clear();
  const TakenFields taken = take_client_headers(head.headers, trust, arena, view.headers);
  view.hops = taken.hops;
  // An absolute-form target overrules the Host field (RFC 9112 section 3.2.2): scripts and origin
  // must see one and the same host.
  set_host(head.host.empty() ? kNoHost : head.host, view);
  view.scheme = append_forwarding(client, head.host, taken, trust, arena, view.headers);
  // head.host is canonical for http.
  if (view.scheme == "https" && view.host.ends_with(kHttpsPort))
    set_host(view.host.substr(0, view.host.size() - kHttpsPort.size()), view);
}

}  // namespace brink::proxy
