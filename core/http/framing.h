#pragma once

#include <cstdint>
#include <vector>

#include "core/base/header_field.h"
#include "core/base/result.h"
#include "core/http/body.h"
#include "core/http/message_parser.h"

namespace brink::http {

/// What a head's framing fields say (RFC 9112 section 6), if they can be trusted at all.
struct Framing {
  enum class Kind : std::uint8_t {
    kAbsent,         ///< neither field
    kContentLength,  ///< one Content-Length
    kChunked,        ///< one Transfer-Encoding: chunked
    kUnsound,        ///< message says why; the sender or something between disagrees on lengths
    kUnknownCoding,  ///< ends in chunked, but with codings before it that nobody here takes off
  };
  Kind kind = Kind::kAbsent;
  std::uint64_t bytes = 0;
  const char* message = "";

  BodyLength length() const {
    if (kind == Kind::kContentLength) return BodyLength::known(bytes);
    return kind == Kind::kChunked ? BodyLength::unknown() : BodyLength::none();
  }
};

/// `minor_version` of HTTP/1: Transfer-Encoding does not exist in 1.0.
Framing read_framing(HeaderSpan headers, std::uint8_t minor_version);

/// Appends the head's fields as views, with the whitespace around values taken off.
void append_fields(const RawHead& raw, std::vector<HeaderField>& out);

/// Whether the sender keeps the connection (RFC 9112 section 9.3).
bool wants_keep_alive(HeaderSpan headers, std::uint8_t minor_version);

}  // namespace brink::http
