#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "core/http/head.h"
#include "core/http/message_parser.h"

namespace brink::http {

/// How the body of a response ends on the wire (RFC 9112 section 6.3).
enum class ResponseFraming : std::uint8_t { kNone, kContentLength, kChunked, kUntilClose };

/// Judges a parsed head and fills `out` with views into `raw`. For HEAD and 304, `out.body` says
/// what the framing fields say although no body follows. Error: kOriginBadResponse.
Result<ResponseFraming> read_response_head(const RawHead& raw, bool to_head_request,
                                           ResponseHead& out);

}  // namespace brink::http
