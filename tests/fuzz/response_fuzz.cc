// An origin's bytes: response heads and bodies, however they are cut.
#include <string>
#include <vector>

#include "core/http/head_writer.h"
#include "core/http/response_head.h"
#include "tests/fuzz/http_reader.h"
#include "tests/fuzz/target.h"

namespace brink::fuzz {
namespace {

using http::BodyWriter;
using http::ResponseFraming;
using http::ResponseHead;

struct NoBody : http::BodySink {
  bool on_body_bytes(std::string_view) override { return true; }
};

ResponseFraming framing_of(BodyWriter::Mode mode) {
  switch (mode) {
    case BodyWriter::Mode::kKnown:
      return ResponseFraming::kContentLength;
    case BodyWriter::Mode::kChunked:
      return ResponseFraming::kChunked;
    case BodyWriter::Mode::kUntilClose:
      return ResponseFraming::kUntilClose;
    default:
      return ResponseFraming::kNone;
  }
}

// What goes on to a client reads there as it read here, and its framing is the one planned.
void check_round_trip(const ResponseHead& head, bool to_head_request) {
  if (head.status < 200 || head.headers.size() > 190) return;
  std::vector<HeaderField> forwarded;
  http::append_end_to_end(head.headers, forwarded);
  const http::ResponseToSend sent{head.status, head.reason, forwarded, head.body};
  const http::ResponsePlan plan =
      http::plan_response(head.status, head.body, to_head_request, 1, true);
  http::DateCache date;
  std::string text;
  http::append_response_head(sent, plan, 1, date, text);

  NoBody sink;
  http::MessageParser parser(http::MessageParser::Kind::kResponse, text.size() + 1, sink);
  http::RawHead raw;
  parser.start(raw);
  const auto step = parser.parse(text);
  FUZZ_CHECK(step.status == http::MessageParser::Status::kHead && step.consumed == text.size());
  ResponseHead again;
  const Result<ResponseFraming> framing = http::read_response_head(raw, to_head_request, again);
  FUZZ_CHECK(framing && *framing == framing_of(plan.mode));
  FUZZ_CHECK(*framing != ResponseFraming::kContentLength || again.body.bytes == plan.bytes);
  FUZZ_CHECK(again.status == head.status);
  FUZZ_CHECK(head.reason.empty() || again.reason == head.reason);
  const bool had_date = head.find("date").data() != nullptr && [&] {
    for (const HeaderField& field : forwarded) {
      if (http::equals_ignore_case(field.name, "date")) return true;
    }
    return false;
  }();
  std::vector<HeaderField> forwarded_again;
  http::append_end_to_end(again.headers, forwarded_again);
  if (!had_date) forwarded_again.pop_back();
  FUZZ_CHECK(same_fields(forwarded, forwarded_again));
}

}  // namespace

void response(std::string_view input) {
  Input in(input);
  const bool to_head_request = in.number() % 4 == 3;
  const std::size_t cut = in.number<std::uint16_t>();
  const unsigned pause_every = in.number() % 4;
  const std::string_view bytes = in.rest();
  const auto read_head = [&](const http::RawHead& raw, std::string& text) -> Result<bool> {
    ResponseHead head;
    const Result<ResponseFraming> framing = http::read_response_head(raw, to_head_request, head);
    if (!framing) return std::unexpected(framing.error());
    check_clean(head.reason);
    text.append(std::to_string(head.status)).append(head.reason).append("\n");
    note_fields(head.headers, text);
    check_round_trip(head, to_head_request);
    return *framing != ResponseFraming::kNone;
  };
  HttpReader reader(http::MessageParser::Kind::kResponse, 32 * 1024, read_head);
  const std::string whole = reader.read(bytes, bytes.size(), bytes.size(), 0);
  FUZZ_CHECK(reader.read(bytes, cut, bytes.size(), 0) == whole);
  FUZZ_CHECK(reader.read(bytes, 1, 1, pause_every) == whole);
}

}  // namespace brink::fuzz
