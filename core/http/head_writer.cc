#include "core/http/head_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

namespace brink::http {
namespace {

// In one piece: append() after append() would each look for room.
void append_all(std::string& out, std::initializer_list<std::string_view> parts) {
  std::size_t size = out.size();
  for (const std::string_view part : parts) size += part.size();
  out.resize_and_overwrite(size, [&, before = out.size()](char* text, std::size_t) {
    char* at = text + before;
    for (const std::string_view part : parts) at += part.copy(at, part.size());
    return size;
  });
}

std::string_view decimal(std::uint64_t number, std::array<char, 20>& digits) {
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

bool is_writable(const HeaderField& field) {
  return !is_hop_by_hop(field.name) && valid_field_name(field.name) &&
         valid_field_value(field.value);
}

// The fields that are writable, in one piece as well.
void append_fields(HeaderSpan fields, std::string& out) {
  std::size_t size = out.size();
  for (const HeaderField& field : fields) size += field.name.size() + field.value.size() + 4;
  out.resize_and_overwrite(size, [fields, before = out.size()](char* text, std::size_t) {
    char* at = text + before;
    for (const auto& [name, value] : fields) {
      if (!is_writable({name, value})) continue;
      at += name.copy(at, name.size());
      *at++ = ':';
      *at++ = ' ';
      at += value.copy(at, value.size());
      *at++ = '\r';
      *at++ = '\n';
    }
    return static_cast<std::size_t>(at - text);
  });
}

void append_content_length(std::uint64_t bytes, std::string& out) {
  std::array<char, 20> digits;
  append_all(out, {"Content-Length: ", decimal(bytes, digits), "\r\n"});
}

void append_status_line(std::uint16_t status, std::string_view reason, std::string& out) {
  std::array<char, 20> digits;
  const bool usable = !reason.empty() && valid_field_value(reason);
  // The second space stays when the phrase is empty (RFC 9112 section 4).
  append_all(out, {"HTTP/1.1 ", decimal(std::clamp<std::uint16_t>(status, 100, 999), digits), " ",
                   usable ? reason : reason_phrase(status), "\r\n"});
}

bool method_expects_content(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

std::string_view DateCache::now() {
  const std::time_t second = std::time(nullptr);
  if (second == second_) return text_;
  second_ = second;
  std::tm parts{};
  gmtime_r(&second, &parts);
  std::array<char, 32> text;
  // The C locale: brink never calls setlocale().
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  text_.assign(text.data(), size);
  return text_;
}

ResponsePlan plan_response(std::uint16_t status, BodyLength body, bool to_head_request,
                           std::uint8_t request_minor_version, bool keep_alive) {
  using Header = ResponsePlan::Header;
  using Kind = BodyLength::Kind;
  ResponsePlan plan;
  plan.keep_alive = keep_alive;
  if (status == 204 || status < 200) return plan;
  const bool old_client = request_minor_version == 0;
  const bool no_bytes = to_head_request || status == 304;
  if (body.kind == Kind::kKnown || (body.kind == Kind::kNone && !no_bytes)) {
    plan.header = Header::kContentLength;
    plan.bytes = body.bytes;
  } else if (body.kind == Kind::kUnknown && !old_client) {
    plan.header = Header::kChunked;
  }
  if (no_bytes) return plan;
  if (plan.header == Header::kContentLength) {
    plan.mode = plan.bytes == 0 ? BodyWriter::Mode::kSwallow : BodyWriter::Mode::kKnown;
  } else if (plan.header == Header::kChunked) {
    plan.mode = BodyWriter::Mode::kChunked;
  } else {
    plan.mode = BodyWriter::Mode::kUntilClose;
    plan.keep_alive = false;
  }
  return plan;
}

void append_response_head(const ResponseToSend& head, const ResponsePlan& plan,
                          std::uint8_t request_minor_version, DateCache& date, std::string& out) {
  append_status_line(head.status, head.reason, out);
  append_fields(head.headers, out);
  const bool has_date = std::ranges::any_of(head.headers, [](const HeaderField& field) {
    return equals_ignore_case(field.name, "date") && is_writable(field);
  });
  if (!has_date) append_all(out, {"Date: ", date.now(), "\r\n"});
  if (plan.header == ResponsePlan::Header::kContentLength) append_content_length(plan.bytes, out);
  if (plan.header == ResponsePlan::Header::kChunked) out.append("Transfer-Encoding: chunked\r\n");
  if (!plan.keep_alive) {
    out.append("Connection: close\r\n");
  } else if (request_minor_version == 0) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

void append_interim_head(std::uint16_t status, HeaderSpan headers, std::string& out) {
  append_status_line(status, {}, out);
  append_fields(headers, out);
  out.append("\r\n");
}

bool writable_request_line(const RequestToSend& head) {
  return valid_field_name(head.method) && !head.target.empty() &&
         std::ranges::all_of(head.target, [](char c) { return c > ' ' && c < 0x7f; });
}

void append_request_head(const RequestToSend& head, std::string& out) {
  append_all(out, {head.method, " ", head.target, " HTTP/1.1\r\n"});
  append_fields(head.headers, out);
  switch (head.body.kind) {
    case BodyLength::Kind::kKnown:
      append_content_length(head.body.bytes, out);
      break;
    case BodyLength::Kind::kUnknown:
      out.append("Transfer-Encoding: chunked\r\n");
      break;
    case BodyLength::Kind::kNone:
      // RFC 9110 section 8.6: some origins answer 411 without it.
      if (method_expects_content(head.method)) append_content_length(0, out);
      break;
  }
  out.append("\r\n");
}

// clang-format off
std::string_view reason_phrase(std::uint16_t status) {
  switch (status) {
    case 100: return "Continue";
    case 102: return "Processing";
    case 103: return "Early Hints";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 203: return "Non-Authoritative Information";
    case 204: return "No Content";
    case 205: return "Reset Content";
    case 206: return "Partial Content";
    case 207: return "Multi-Status";
    case 208: return "Already Reported";
    case 226: return "IM Used";
    case 300: return "Multiple Choices";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 418: return "I'm a teapot";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 424: return "Failed Dependency";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    case 508: return "Loop Detected";
    case 511: return "Network Authentication Required";
    default: return "";
  }
}
// clang-format on

}  // namespace brink::http
