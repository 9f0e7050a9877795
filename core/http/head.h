#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/header_field.h"
#include "core/http/body.h"

namespace brink::http {

/// A request head as received, validated by llhttp in strict mode and by us (RFC 9112 sections 2,
/// 3, 5, 6). Views point into the connection's head buffer and stay valid until the exchange ends.
struct RequestHead {
  std::string_view method;
  std::string_view target;  ///< normal (url::normalize()): "/a?b", or "*"
  /// As on the wire, but absolute-form is reduced to origin-form or "*".
  std::string_view raw_target;
  /// raw_target had repeated slashes or backslashes: the client has to ask for `target` (308).
  bool moved = false;
  /// Canonical (url::canonical_authority()), of Host or of an absolute-form target, which wins (RFC
  /// 9112 section 3.2.2). Empty for HTTP/1.0 without either.
  std::string_view host;
  std::vector<HeaderField>
      headers;  ///< all fields in order, names as received, hop-by-hop included
  std::uint8_t minor_version = 1;
  BodyLength body;  ///< what the framing headers say
  bool expects_continue = false;

  /// First value of the field, case-insensitively; empty view with null data when absent.
  std::string_view find(std::string_view name) const;
};

/// A response head as received from an upstream. Views die with the response's end.
struct ResponseHead {
  std::uint16_t status = 0;
  std::string_view reason;
  std::vector<HeaderField> headers;  ///< all fields, hop-by-hop included
  BodyLength body;

  std::string_view find(std::string_view name) const;
};

/// A head to be written. Framing and Connection headers are added by the writer and must not be in
/// `headers`; use for_each_end_to_end() to copy a received list.
struct RequestToSend {
  std::string_view method;
  std::string_view target;
  HeaderSpan headers;  ///< includes Host
  BodyLength body;
};
struct ResponseToSend {
  std::uint16_t status = 200;
  std::string_view reason;  ///< empty: the standard phrase
  HeaderSpan headers;
  BodyLength body;
};

/// Of two of one size.
bool same_ignoring_case(std::string_view a, std::string_view b);
inline bool equals_ignore_case(std::string_view a, std::string_view b) {
  // Inline as far as most comparisons of field names get.
  if (a.size() != b.size()) return false;
  return a.empty() || (((a[0] ^ b[0]) & ~0x20) == 0 && same_ignoring_case(a, b));
}

/// Without the spaces and tabs around it (OWS, RFC 9110 section 5.6.3).
inline std::string_view trim_whitespace(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}
/// True when the comma-separated list has the token, case-insensitively (RFC 9110 section 5.6.1).
bool list_contains(std::string_view list, std::string_view token);

/// Hop-by-hop (RFC 9110 section 7.6.1) or framing: Connection, Keep-Alive, Proxy-Connection, TE,
/// Trailer, Transfer-Encoding, Upgrade, Proxy-Authenticate/-Authorization are the connection's own,
/// Content-Length is ours to write.
bool is_hop_by_hop(std::string_view name);

/// What the Connection fields of a head list, besides what is_hop_by_hop() covers: the names of
/// further fields that end at this hop (RFC 9110 section 7.6.1). Views into the head.
class ConnectionOptions {
 public:
  /// A list is compared with every field of its head, so a long one would be work for nothing:
  /// nobody names more. Above, the head is refused.
  static constexpr std::size_t kMax = 16;

  ConnectionOptions() = default;
  /// Of all Connection fields of a head.
  explicit ConnectionOptions(HeaderSpan headers);
  /// One field's value, which is read once. What is past kMax is left out: see too_many().
  void add(std::string_view list);
  bool too_many() const { return too_many_; }
  bool empty() const { return count_ == 0; }
  /// Never Host: it is part of the request's meaning, and a client must not be able to take it away
  /// from the origin.
  bool name(std::string_view field_name) const;

 private:
  // Without a constructor: most heads name none.
  struct Name {
    const char* text;
    std::size_t size;
  };

  std::array<Name, kMax> names_;
  std::size_t count_ = 0;
  bool too_many_ = false;
};

/// Appends to `out` the fields of `in` that go on to the next hop: without is_hop_by_hop() ones and
/// without those that a Connection field of `in` names.
void append_end_to_end(HeaderSpan in, std::vector<HeaderField>& out);

/// True when the bytes are a valid field name (token) / field value (no CR, LF, NUL; RFC 9110 5.5).
bool valid_field_name(std::string_view name);
bool valid_field_value(std::string_view value);

}  // namespace brink::http
