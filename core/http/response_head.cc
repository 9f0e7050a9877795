#include "core/http/response_head.h"

#include "core/http/framing.h"

namespace brink::http {
namespace {

std::unexpected<Error> bad(std::string message) {
  return fail(ErrorCode::kOriginBadResponse, std::move(message));
}

ResponseFraming framing_of(const Framing& framing) {
  switch (framing.kind) {
    case Framing::Kind::kContentLength:
      return framing.bytes == 0 ? ResponseFraming::kNone : ResponseFraming::kContentLength;
    case Framing::Kind::kChunked:
      return ResponseFraming::kChunked;
    default:
      return ResponseFraming::kUntilClose;
  }
}

}  // namespace

Result<ResponseFraming> read_response_head(const RawHead& raw, bool to_head_request,
                                           ResponseHead& out) {
  if (raw.view(raw.protocol) != "HTTP" || raw.major_version != 1 || raw.minor_version > 1) {
    return bad("the origin did not answer in HTTP/1.0 or HTTP/1.1");
  }
  if (raw.status < 100 || raw.status > 999) return bad("the status has not three digits");
  out.status = raw.status;
  out.reason = trim_whitespace(raw.view(raw.reason));
  if (!valid_field_value(out.reason)) out.reason = {};  // it says nothing that the status does not
  out.headers.clear();
  append_fields(raw, out.headers);
  if (ConnectionOptions(out.headers).too_many()) return bad("the Connection header is too long");
  const Framing framing = read_framing(out.headers, raw.minor_version);
  if (framing.kind == Framing::Kind::kUnsound || framing.kind == Framing::Kind::kUnknownCoding) {
    return bad(framing.message);
  }
  const bool never_has_body = out.status < 200 || out.status == 204;
  out.body = never_has_body ? BodyLength::none() : framing.length();
  if (never_has_body || to_head_request || out.status == 304) return ResponseFraming::kNone;
  if (framing.kind == Framing::Kind::kAbsent) out.body = BodyLength::unknown();
  return framing_of(framing);
}

}  // namespace brink::http
