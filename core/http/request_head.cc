#include "core/http/request_head.h"

#include <algorithm>

#include "core/http/framing.h"
#include "core/url/host.h"

namespace brink::http {
namespace {

std::unexpected<Error> bad(std::string message) {
  return fail(ErrorCode::kBadRequest, std::move(message));
}

// RFC 9112 section 3: exactly one space between the parts. llhttp takes several.
bool single_spaced(const RawHead& raw) {
  return raw.target.offset == raw.method.end() + 1 && raw.protocol.offset == raw.target.end() + 1;
}

// RFC 9112 section 2.2: of what stands before the request line only empty lines are skipped. llhttp
// skips a bare CR or LF as well.
bool only_empty_lines_before(const RawHead& raw) {
  std::string_view before = std::string_view(raw.bytes).substr(0, raw.method.offset);
  while (before.starts_with("\r\n")) before.remove_prefix(2);
  return before.empty();
}

Result<void> check_request_line(const RawHead& raw) {
  if (!only_empty_lines_before(raw)) return bad("a bare CR or LF stands before the request line");
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
                                HeadStorage& storage, RequestHead& out) {
  const std::string_view rest = target.substr(scheme_bytes);
  const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
  const auto host = url::canonical_authority(rest.substr(0, path), storage.host);
  if (!host) return bad("the request target has no valid host");
  out.host = *host;
  out.target = rest.substr(path);
  if (out.target.empty()) {
    out.target = out.method == "OPTIONS" ? "*" : "/";
  } else if (out.target.front() == '?') {
    storage.target.assign("/").append(out.target);
    out.target = storage.target;
  }
  return {};
}

bool starts_with_ignore_case(std::string_view text, std::string_view prefix) {
  return equals_ignore_case(text.substr(0, prefix.size()), prefix);
}

Result<void> read_target(HeadStorage& storage, RequestHead& out) {
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

Result<void> normalize_target(url::EscapedSlashes slashes, HeadStorage& storage, RequestHead& out) {
  const url::Target target = url::normalize(out.target, slashes, storage.normal_target);
  if (target.form == url::Target::Form::kRefused) return bad(std::string(target.text));
  out.raw_target = out.target;
  out.target = target.text;
  out.moved = target.form == url::Target::Form::kRedirect;
  return {};
}

// RFC 9112 section 3.2. Also checked when an absolute-form target overrules it.
Result<std::string_view> read_host(const RequestHead& head, HeadStorage& storage) {
  std::string_view host;
  int count = 0;
  for (const HeaderField& field : head.headers) {
    if (!equals_ignore_case(field.name, "host")) continue;
    host = field.value;
    ++count;
  }
  if (count > 1) return bad("the request has more than one Host header");
  if (count == 0 && head.minor_version >= 1) return bad("the request has no Host header");
  if (count == 0 || (!host.empty() && host == storage.known_host)) return host;
  const auto canonical = url::canonical_authority(host, storage.host);
  if (!canonical) return bad("the Host header is not a valid host");
  if (*canonical == host) storage.known_host = host;
  return *canonical;
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

Result<void> read_request_head(const RawHead& raw, url::EscapedSlashes slashes,
                               HeadStorage& storage, RequestHead& out) {
  if (auto checked = check_request_line(raw); !checked) return checked;
  out.method = raw.view(raw.method);
  out.target = raw.view(raw.target);
  out.minor_version = raw.minor_version;
  out.headers.clear();
  append_fields(raw, out.headers);
  if (ConnectionOptions(out.headers).too_many()) return bad("the Connection header is too long");
  const Result<std::string_view> host = read_host(out, storage);
  if (!host) return std::unexpected(host.error());
  out.host = *host;
  if (auto read = read_target(storage, out); !read) return read;
  if (auto read = normalize_target(slashes, storage, out); !read) return read;
  if (auto read = read_body_length(out); !read) return read;
  return read_expect(out);
}

}  // namespace brink::http
