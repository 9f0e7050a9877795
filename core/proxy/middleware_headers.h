#pragma once

#include <vector>

#include "core/base/arena.h"
#include "core/base/header_field.h"

/// What a middleware's answer does to the headers of the request and of the response that follows
/// (Next.js: NextResponse.next(), NextResponse.rewrite()).
namespace brink::proxy {

/// Replaces a request's headers by the complete list that a middleware gave, copied into the arena.
/// Hop-by-hop fields are left out; Host is kept when the list has none.
void override_headers(HeaderSpan list, Arena& arena, std::vector<HeaderField>& request);

/// Puts a middleware's response fields on the request: each replaces those of its name. With
/// x-middleware-set-cookie among them, the cookies that they set are in Cookie, too. `fields` must
/// live as long as the request.
void add_to_request(HeaderSpan fields, Arena& arena, std::vector<HeaderField>& request);

/// True for fields of a middleware that are for the request only.
bool is_for_request_only(std::string_view name);

/// Adds a middleware's response headers to those of a response. The response's own win; Set-Cookie
/// fields of both stay, the middleware's first; Vary has the names of both (RFC 9110 section
/// 12.5.5).
void merge_response_headers(HeaderSpan from_middleware, HeaderSpan from_response, Arena& arena,
                            std::vector<HeaderField>& out);

}  // namespace brink::proxy
