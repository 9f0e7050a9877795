#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "core/http/body_writer.h"
#include "core/http/head.h"

namespace brink::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7), made once per second. Owned by a
/// Server.
class DateCache {
 public:
  std::string_view now();

 private:
  std::time_t second_ = -1;
  std::string text_;
};

/// How one response goes out: decided before its head is written.
struct ResponsePlan {
  BodyWriter::Mode mode = BodyWriter::Mode::kSwallow;
  std::uint64_t bytes = 0;
  enum class Header : std::uint8_t { kNone, kContentLength, kChunked } header = Header::kNone;
  bool keep_alive = true;
};

/// RFC 9112 section 6.3 and 9.3: framing for this request, and whether the connection can stay.
ResponsePlan plan_response(std::uint16_t status, BodyLength body, bool to_head_request,
                           std::uint8_t request_minor_version, bool keep_alive);

/// Status line, the given fields, framing, Date when missing. Fields that are the connection's own,
/// or that are no valid header fields, are left out: what a script sends can't break the framing.
void append_response_head(const ResponseToSend& head, const ResponsePlan& plan,
                          std::uint8_t request_minor_version, DateCache& date, std::string& out);

/// An interim response (RFC 9110 section 15.2).
void append_interim_head(std::uint16_t status, HeaderSpan headers, std::string& out);

/// False for a method or target that would break the request line.
bool writable_request_line(const RequestToSend& head);
/// Request line, the given fields, framing. The same is left out.
void append_request_head(const RequestToSend& head, std::string& out);

/// "Not Found"; empty for a status without a standard phrase.
std::string_view reason_phrase(std::uint16_t status);

}  // namespace brink::http
