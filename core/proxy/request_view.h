#pragma once

#include <string_view>
#include <vector>

#include "core/base/arena.h"
#include "core/base/header_field.h"
#include "core/http/server.h"

namespace brink::proxy {

/// A request as the next hop (script, handler, origin) is to see it: the client's, then with what a
/// middleware changed. Views point into the client's head or the arena. Owned by the exchange.
struct RequestView {
  std::string_view method;
  std::string_view scheme;           ///< "http" or "https"
  std::string_view host;             ///< as in the Host header; empty for HTTP/1.0 without one
  std::string_view target;           ///< "/path?query" or "*"
  std::vector<HeaderField> headers;  ///< end-to-end, with Host and the forwarding headers

  /// target without the query.
  std::string_view path() const { return target.substr(0, target.find('?')); }
  /// "http://host/path?query"
  std::string_view url(Arena& arena) const { return arena.concat(scheme, "://", host, target); }
};

/// The target with its path as the URL standard reads it: dot segments resolved (also as %2e), '\\'
/// as
/// '/'. Middleware, handlers and origin must see one and the same path: an origin that resolves
/// "/x/../admin" itself would let it slip past a matcher for "/admin".
std::string_view normalized_target(std::string_view target, Arena& arena);

/// Fills `view` from the client's request: hop-by-hop fields and headers that only brink or Next.js
/// itself may set are left out (CVE-2025-29927), X-Forwarded-For/-Proto/-Host and Forwarded (RFC
/// 7239) are added. `trust_forwarded`: keep and extend those that the client sent, else replace
/// them.
void view_client_request(const http::ServerExchange& client, bool trust_forwarded, Arena& arena,
                         RequestView& view);

/// Replaces the headers by the complete list that a middleware gave, copied into the arena.
/// Hop-by-hop fields are left out; Host is kept when the list has none.
void override_headers(HeaderSpan headers, Arena& arena, RequestView& view);

/// Adds a middleware's response headers to those of a response: the response's own win, Set-Cookie
/// fields of both stay, the middleware's first (Next.js: NextResponse.next()).
void merge_response_headers(HeaderSpan from_middleware, HeaderSpan from_response,
                            std::vector<HeaderField>& out);

/// First value of a field, case-insensitively; empty when absent.
std::string_view find_header(HeaderSpan headers, std::string_view name);

}  // namespace brink::proxy
