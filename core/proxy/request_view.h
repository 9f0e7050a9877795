#pragma once

#include <string_view>
#include <vector>

#include "core/base/arena.h"
#include "core/base/header_field.h"
#include "core/http/server.h"
#include "core/proxy/request_headers.h"

namespace brink::proxy {

/// A request as the next hop (script, handler, origin) is to see it: the client's, then with what a
/// middleware changed. Views point into the client's head or the arena. Owned by the exchange.
struct RequestView {
  std::string_view method;
  std::string_view scheme;  ///< "http" or "https"
  std::string_view
      host;  ///< canonical, as in the Host header; "localhost" for HTTP/1.0 without one
  std::string_view target;           ///< "/path?query" or "*"
  std::vector<HeaderField> headers;  ///< end-to-end, with Host and the forwarding headers
  unsigned hops = 0;                 ///< times that it came through brink before, by its Via

  /// target without the query.
  std::string_view path() const { return target.substr(0, target.find('?')); }
  /// "http://host/path?query"; "*" has the path "/*".
  std::string_view url(Arena& arena) const;
  /// The same of the page whose data the client's router asks for: Next.js shows middleware no
  /// ".rsc".
  std::string_view page_url(Arena& arena) const;
};

/// Names another host in the view and in its Host header.
void set_host(std::string_view host, RequestView& view);

/// Fills `view` from the client's request; request_headers.h says what becomes of its fields.
void view_client_request(const http::ServerExchange& client, HeaderTrust trust, Arena& arena,
                         RequestView& view);

}  // namespace brink::proxy
