#include "core/http/framing.h"

#include <charconv>
#include <memory>
#include <string_view>
#include <system_error>

#include "core/http/head.h"

namespace brink::http {
namespace {

Framing unsound(const char* message) { return {Framing::Kind::kUnsound, 0, message}; }

Framing read_content_length(std::string_view value) {
  Framing framing{Framing::Kind::kContentLength};
  const char* end = std::to_address(value.end());
  const auto [rest, error] = std::from_chars(std::to_address(value.begin()), end, framing.bytes);
  if (value.empty() || error != std::errc() || rest != end) {
    return unsound("Content-Length is not one decimal number");
  }
  return framing;
}

Framing read_transfer_encoding(std::string_view value) {
  if (equals_ignore_case(value, "chunked")) return {Framing::Kind::kChunked};
  const std::size_t comma = value.rfind(',');
  if (comma == std::string_view::npos ||
      !equals_ignore_case(trim_whitespace(value.substr(comma + 1)), "chunked")) {
    return unsound("Transfer-Encoding does not end in chunked");
  }
  if (list_contains(value.substr(0, comma), "chunked")) {
    return unsound("Transfer-Encoding names chunked twice");
  }
  return {Framing::Kind::kUnknownCoding, 0, "the only transfer coding supported is chunked"};
}

}  // namespace

Framing read_framing(HeaderSpan headers, std::uint8_t minor_version) {
  const HeaderField* length = nullptr;
  const HeaderField* coding = nullptr;
  for (const HeaderField& field : headers) {
    if (equals_ignore_case(field.name, "content-length")) {
      if (length != nullptr) return unsound("Content-Length is given more than once");
      length = &field;
    } else if (equals_ignore_case(field.name, "transfer-encoding")) {
      if (coding != nullptr) return unsound("Transfer-Encoding is given more than once");
      coding = &field;
    }
  }
  if (coding == nullptr) return length == nullptr ? Framing{} : read_content_length(length->value);
  if (length != nullptr) return unsound("Content-Length and Transfer-Encoding are both given");
  if (minor_version == 0) return unsound("Transfer-Encoding does not exist in HTTP/1.0");
  return read_transfer_encoding(coding->value);
}

void append_fields(const RawHead& raw, std::vector<HeaderField>& out) {
  out.reserve(out.size() + raw.fields.size());
  for (const RawHead::Field& field : raw.fields) {
    out.push_back({raw.view(field.name), trim_whitespace(raw.view(field.value))});
  }
}

bool wants_keep_alive(HeaderSpan headers, std::uint8_t minor_version) {
  bool keep_alive = minor_version >= 1;
  for (const HeaderField& field : headers) {
    if (!equals_ignore_case(field.name, "connection")) continue;
    if (list_contains(field.value, "close")) return false;
    if (minor_version == 0 && list_contains(field.value, "keep-alive")) keep_alive = true;
  }
  return keep_alive;
}

}  // namespace brink::http
