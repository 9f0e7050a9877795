// A client's bytes: request heads and bodies, however they are cut.
#include <cctype>
#include <string>
#include <vector>

#include "core/http/head_writer.h"
#include "core/http/request_head.h"
#include "core/proxy/request_headers.h"
#include "core/url/host.h"
#include "tests/fuzz/http_reader.h"
#include "tests/fuzz/target.h"

namespace brink::fuzz {
namespace {

using http::BodyLength;
using http::RequestHead;

constexpr auto kKeep = url::EscapedSlashes::kKeep;

struct Reparsed {
  http::RawHead raw;
  http::HeadStorage storage;
  RequestHead head;
};

struct NoBody : http::BodySink {
  bool on_body_bytes(std::string_view) override { return true; }
};

bool has_bytes(BodyLength body) {
  return body.kind == BodyLength::Kind::kUnknown || body.bytes != 0;
}

// What goes on to an origin reads there as it read here.
void check_round_trip(const RequestHead& head) {
  if (head.find("host").empty() || head.headers.size() > 190) return;
  // HTTP/1.0 has no Expect, whatever it says; it reads otherwise in the 1.1 that goes on.
  if (head.minor_version == 0 && head.find("expect").data() != nullptr) return;
  std::vector<HeaderField> forwarded;
  http::append_end_to_end(head.headers, forwarded);
  const http::RequestToSend sent{head.method, head.target, forwarded, head.body};
  FUZZ_CHECK(http::writable_request_line(sent));
  std::string text;
  http::append_request_head(sent, text);

  NoBody sink;
  http::MessageParser parser(http::MessageParser::Kind::kRequest, text.size() + 1, sink);
  Reparsed again;
  parser.start(again.raw);
  const auto step = parser.parse(text);
  FUZZ_CHECK(step.status == http::MessageParser::Status::kHead && step.consumed == text.size());
  FUZZ_CHECK(http::read_request_head(again.raw, kKeep, again.storage, again.head));
  FUZZ_CHECK(again.head.method == head.method && again.head.target == head.target);
  FUZZ_CHECK(has_bytes(again.head.body) == has_bytes(head.body));
  FUZZ_CHECK(!has_bytes(head.body) ||
             (again.head.body.kind == head.body.kind && again.head.body.bytes == head.body.bytes));
  std::vector<HeaderField> forwarded_again;
  http::append_end_to_end(again.head.headers, forwarded_again);
  FUZZ_CHECK(same_fields(forwarded, forwarded_again));
}

// What scripts and origins get has no name by which a client would pass for somebody else.
void check_client_fields(const RequestHead& head) {
  for (const proxy::HeaderTrust trust : {proxy::HeaderTrust{}, {.underscores = true}}) {
    Arena arena;
    std::vector<HeaderField> kept;
    proxy::take_client_headers(head.headers, trust, arena, kept);
    int cookies = 0;
    for (const HeaderField& field : kept) {
      FUZZ_CHECK(trust.underscores || !field.name.contains('_'));
      std::string name(field.name);
      for (char& c : name) c = c == '_' ? '-' : static_cast<char>(std::tolower(c));
      FUZZ_CHECK(!name.starts_with("x-middleware-") && !name.starts_with("x-forwarded-"));
      FUZZ_CHECK(name != "forwarded" && name != "proxy" && name != "x-real-ip");
      if (name == "cookie") ++cookies;
    }
    FUZZ_CHECK(cookies <= 1);
  }
}

Result<bool> read_head(const http::RawHead& raw, std::string& text) {
  http::HeadStorage storage;
  RequestHead head;
  if (auto read = http::read_request_head(raw, kKeep, storage, head); !read) {
    return std::unexpected(read.error());
  }
  for (const std::string_view part : {head.method, head.target, head.host}) {
    check_clean(part);
    text.append(part).append("\n");
  }
  FUZZ_CHECK(head.target == "*" || head.target.starts_with('/'));
  std::string same_storage;
  FUZZ_CHECK(head.host.empty() || url::canonical_authority(head.host, same_storage) == head.host);
  note_fields(head.headers, text);
  check_round_trip(head);
  check_client_fields(head);
  return has_bytes(head.body);
}

}  // namespace

void request(std::string_view input) {
  Input in(input);
  const std::size_t max_head_bytes = in.number() % 8 == 7 ? 256 : 32 * 1024;
  const std::size_t cut = in.number<std::uint16_t>();
  const unsigned pause_every = in.number() % 4;
  const std::string_view bytes = in.rest();
  HttpReader reader(http::MessageParser::Kind::kRequest, max_head_bytes, read_head);
  const std::string whole = reader.read(bytes, bytes.size(), bytes.size(), 0);
  FUZZ_CHECK(reader.read(bytes, cut, bytes.size(), 0) == whole);
  FUZZ_CHECK(reader.read(bytes, 1, 1, pause_every) == whole);
}

}  // namespace brink::fuzz
