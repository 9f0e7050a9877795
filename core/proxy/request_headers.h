#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/arena.h"
#include "core/base/header_field.h"
#include "core/http/server.h"

/// A client's header fields as the next hop may see them: without what only brink or a proxy in
/// front of it may say, and with the forwarding fields. docs/headers.md lists every name.
namespace brink::proxy {

/// What of a client's fields is taken at its word.
struct HeaderTrust {
  bool forwarded = false;    ///< "trust_forwarded": the client is a proxy of the site's own
  bool underscores = false;  ///< "underscores_in_headers": names with '_' may pass
};

/// Values of one field that a client may send in several lines, in order.
class FieldLines {
 public:
  void add(std::string_view value);
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  /// All of them, with `separator` between two. Copied into the arena only when there are several.
  std::string_view joined(std::string_view separator, Arena& arena) const;

 private:
  std::string_view first_;
  std::size_t count_ = 0;
  std::vector<std::string_view> more_;
};

/// What was taken out of a client's fields and is to be written anew.
struct TakenFields {
  FieldLines forwarded_for;
  FieldLines forwarded_proto;
  FieldLines forwarded_host;
  FieldLines forwarded_port;
  FieldLines forwarded;
  unsigned hops = 0;  ///< times that Via names brink (RFC 9110 section 7.6.3)
};

/// Appends the client's end-to-end fields to `out`, without those that it may not set: Next.js's
/// internal ones (CVE-2025-29927), `Proxy` (CVE-2016-5385), the forwarding fields, which are
/// returned, unless `trust` says otherwise names with underscores and what proxies say of their
/// clients. Several Cookie lines become one (RFC 9113 section 8.2.3). Views of the client's head or
/// the arena.
TakenFields take_client_headers(HeaderSpan received, HeaderTrust trust, Arena& arena,
                                std::vector<HeaderField>& out);

/// Appends X-Forwarded-For, -Proto, -Host, -Port and Forwarded (RFC 7239). `taken` is what they
/// extend, when forwarding fields are trusted. Returns the scheme that the client used: "http" or
/// "https". `host` is that of the request, without user information; may be empty.
std::string_view append_forwarding(const http::ServerExchange& client, std::string_view host,
                                   const TakenFields& taken, HeaderTrust trust, Arena& arena,
                                   std::vector<HeaderField>& out);

/// First value of a field, case-insensitively; null data when absent.
std::string_view find_header(HeaderSpan headers, std::string_view name);

}  // namespace brink::proxy
