#include "core/http/request_head.h"

#include <algorithm>

#include "core/http/framing.h"

namespace brink::http {
namespace {

std::unexpected<Error> bad(std::string message) {
  return fail(ErrorCode::kBadRequest, std::move(message));
}

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool valid_port(std::string_view port) {
  // An empty port is allowed by the grammar (RFC 3986 section 3.2.3), if odd.
  if (port.size() > 5) return false;
  unsigned number = 0;
  for (const char c : port) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number <= 65535;
}

// RFC 9112 section 3: exactly one space between the parts. llhttp takes several.
bool single_spaced(const RawHead& raw) {
  return raw.target.offset == raw.method.end() + 1 && raw.protocol.offset == raw.target.end() + 1;
}

Result<void> check_request_line(const RawHead& raw) {
  if (raw.view(raw.protocol) != "HTTP" || raw.major_version != 1 || raw.minor_version > 1) {
    return fail(ErrorCode::kHttpVersion, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  }
  if (!single_spaced(raw)) return bad("the request line has spaces out of place");
  if (raw.view(raw.method) == "CONNECT") {
    return fail(ErrorCode::kNotImplemented, "CONNECT is not supported");
  }
  const std::string_view target = raw.view(raw.target);
  const auto bad_char = [](char c) { return c <= ' ' || c >= 0x7f || c == '#'; };
  if (std::ranges::any_of(target, bad_char)) {
    return bad("the request target has a byte that must be percent-encoded, or a fragment");
  }
  return {};
}

// Splits "http://authority/path?query" (RFC 9112 section 3.2.2).
Result<void> read_absolute_form(std::string_view target, std::size_t scheme_bytes,
                                std::string& storage, RequestHead& out) {
  const std::string_view rest = target.substr(scheme_bytes);
  const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
  out.host = rest.substr(0, path);
  if (out.host.empty() || !valid_host(out.host)) return bad("the request target has no valid host");
  out.target = rest.substr(path);
  if (out.target.empty()) {
    out.target = out.method == "OPTIONS" ? "*" : "/";
  } else if (out.target.front() == '?') {
    storage.assign("/").append(out.target);
    out.target = storage;
  }
  return {};
}

bool starts_with_ignore_case(std::string_view text, std::string_view prefix) {
  return equals_ignore_case(text.substr(0, prefix.size()), prefix);
}

Result<void> read_target(std::string& storage, RequestHead& out) {
  const std::string_view target = out.target;
  if (target.starts_with('/')) return {};
  if (target == "*") {
    if (out.method == "OPTIONS") return {};
    return bad("the request target * is for OPTIONS only");
  }
  if (starts_with_ignore_case(target, "http://"))
    return read_absolute_form(target, 7, storage, out);
  if (starts_with_ignore_case(target, "https://")) {
    return read_absolute_form(target, 8, storage, out);
  }
  return bad("the request target must start with / or be an http URL");
}

// RFC 9112 section 3.2. Also checked when an absolute-form target overrules it.
Result<std::string_view> read_host(const RequestHead& head) {
  std::string_view host;
  int count = 0;
  for (const HeaderField& field : head.headers) {
    if (!equals_ignore_case(field.name, "host")) continue;
    host = field.value;
    ++count;
  }
  if (count > 1) return bad("the request has more than one Host header");
  if (count == 0 && head.minor_version >= 1) return bad("the request has no Host header");
  if (count == 1 && !valid_host(host)) return bad("the Host header is not a valid host");
  return host;
}

Result<void> read_body_length(RequestHead& out) {
  const Framing framing = read_framing(out.headers, out.minor_version);
  switch (framing.kind) {
    case Framing::Kind::kUnsound:
      return bad(framing.message);
    case Framing::Kind::kUnknownCoding:
      return fail(ErrorCode::kNotImplemented, framing.message);
    default:
      out.body = framing.length();
      return {};
  }
}

// RFC 9110 section 10.1.1; HTTP/1.0 did not have it.
Result<void> read_expect(RequestHead& out) {
  out.expects_continue = false;
  if (out.minor_version == 0) return {};
  for (const HeaderField& field : out.headers) {
    if (!equals_ignore_case(field.name, "expect")) continue;
    if (out.expects_continue) return bad("the request has more than one Expect header");
    if (!equals_ignore_case(field.value, "100-continue")) {
      return fail(ErrorCode::kExpectationFailed, "the only expectation known is 100-continue");
    }
    out.expects_continue = true;
  }
  return {};
}

}  // namespace

bool valid_host(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t close = host.find(']');
    if (close == std::string_view::npos || close < 3) return false;
    const std::string_view address = host.substr(1, close - 1);
    const std::string_view rest = host.substr(close + 1);
    return address.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos &&
           (rest.empty() || (rest.front() == ':' && valid_port(rest.substr(1))));
  }
  const std::size_t colon = std::min(host.find(':'), host.size());
  const std::string_view name = host.substr(0, colon);
  const auto host_char = [](char c) {
    return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
  };
  return !name.empty() && name.size() <= 255 && std::ranges::all_of(name, host_char) &&
         (colon == host.size() || valid_port(host.substr(colon + 1)));
}

Result<void> read_request_head(const RawHead& raw, std::string& target_storage, RequestHead& out) {
  if (auto checked = check_request_line(raw); !checked) return checked;
  out.method = raw.view(raw.method);
  out.target = raw.view(raw.target);
  out.minor_version = raw.minor_version;
  out.headers.clear();
  append_fields(raw, out.headers);
  const Result<std::string_view> host = read_host(out);
  if (!host) return std::unexpected(host.error());
  out.host = *host;
  if (auto read = read_target(target_storage, out); !read) return read;
  if (auto read = read_body_length(out); !read) return read;
  return read_expect(out);
}

}  // namespace brink::http
