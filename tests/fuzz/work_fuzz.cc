// How much work bytes of a client, an origin or a worker make: no head may cost much more than a
// plain one of its size. Time of this thread is compared with that of plain heads, and the least of
// several tries counts, so that a busy machine fails nobody.
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "core/http/error_page.h"
#include "core/http/message_parser.h"
#include "core/http/request_head.h"
#include "core/http/response_head.h"
#include "core/http/server.h"
#include "core/ipc/channel.h"
#include "core/ipc/messages.h"
#include "core/proxy/intermediary.h"
#include "core/proxy/middleware_headers.h"
#include "core/proxy/request_view.h"
#include "tests/fuzz/target.h"

namespace brink::fuzz {
namespace {

/// As much as a head may have; work that grows faster than its bytes shows at this size.
constexpr std::size_t kHead_bytes = 32 * 1024;
/// The quadratic ones were at 100 and more.
constexpr std::uint64_t kMostTimes = 25;
constexpr int kTries = 40;

struct NoBody : http::BodySink {
  bool on_body_bytes(std::string_view) override { return true; }
};

/// The least a client's request can be: a head and an address.
class Client final : public http::ServerExchange {
 public:
  explicit Client(const http::RequestHead& head) : head_(head) {}
  const http::RequestHead& request() const override { return head_; }
  http::IncomingBody* request_body() override { return nullptr; }
  std::string_view client_ip() const override { return "192.0.2.1"; }
  bool secure() const override { return false; }
  void set_observer(http::ServerExchangeObserver*) override {}
  void send_interim(std::uint16_t, HeaderSpan) override {}
  http::OutgoingBody& respond(const http::ResponseToSend&) override { std::abort(); }
  bool responded() const override { return false; }

 private:
  const http::RequestHead& head_;
};

bool parse(http::MessageParser::Kind kind, std::string_view text, http::RawHead& raw) {
  NoBody sink;
  http::MessageParser parser(kind, 2 * kHead_bytes, sink);
  parser.start(raw);
  return parser.parse(text).status == http::MessageParser::Status::kHead;
}

void work_on_request(std::string_view text) {
  http::RawHead raw;
  if (!parse(http::MessageParser::Kind::kRequest, text, raw)) return;
  http::HeadStorage storage;
  http::RequestHead head;
  if (!http::read_request_head(raw, url::EscapedSlashes::kKeep, storage, head)) return;
  const Client client(head);
  for (const bool trust : {false, true}) {
    Arena arena;
    proxy::RequestView view;
    proxy::view_client_request(client, {.forwarded = trust, .underscores = trust}, arena, view);
    const std::vector<HeaderField> given = view.headers;
    proxy::override_headers(given, arena, view.headers);
    proxy::add_to_request(given, arena, view.headers);
    proxy::prepare_onward(view, head.minor_version, arena);
  }
  const Error error{ErrorCode::kNotFound, ""};
  static_cast<void>(http::make_error_page({error, "id"}, head.find("accept")));
}

/// A response, and a middleware's headers that are merged into it.
void work_on_response(std::string_view text) {
  http::RawHead raw;
  if (!parse(http::MessageParser::Kind::kResponse, text, raw)) return;
  http::ResponseHead head;
  if (!http::read_response_head(raw, false, head)) return;
  std::vector<HeaderField> kept;
  http::append_end_to_end(head.headers, kept);
  Arena arena;
  std::vector<HeaderField> merged;
  proxy::merge_response_headers(kept, kept, arena, merged);
}

void work_on_message(std::string_view text) {
  const std::span payload(reinterpret_cast<const std::byte*>(text.data()), text.size());
  ipc::HeaderScratch scratch;
  ipc::Next message;
  if (!ipc::decode(payload.first(std::min(payload.size(), ipc::kMaxPayload_bytes)), scratch,
                   message)) {
    return;
  }
  Arena arena;
  std::vector<HeaderField> merged;
  proxy::merge_response_headers(message.response_headers, message.request_headers, arena, merged);
  std::vector<HeaderField> request(message.request_headers.begin(), message.request_headers.end());
  proxy::override_headers(message.request_headers, arena, request);
  proxy::add_to_request(message.response_headers, arena, request);
}

using Work = void (*)(std::string_view);

std::uint64_t thread_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t time_of(Work work, std::string_view text) {
  const std::uint64_t start = thread_ns();
  work(text);
  return thread_ns() - start;
}

/// A plain head of about the size, with as many fields as one may have.
std::string plain(bool request, std::size_t bytes) {
  std::string text = request ? "GET / HTTP/1.1\r\nHost: h\r\n" : "HTTP/1.1 200 OK\r\n";
  const std::size_t fields = 150;
  const std::string value(bytes / fields, 'v');
  for (std::size_t i = 0; i < fields; ++i) text += "x-" + std::to_string(i) + ": " + value + "\r\n";
  return text + "\r\n";
}

std::uint64_t time_of_plain(bool request) {
  static const std::uint64_t kTimes[] = {
      [] {
        std::uint64_t least = UINT64_MAX;
        const std::string text = plain(false, kHead_bytes);
        for (int i = 0; i < kTries; ++i) least = std::min(least, time_of(work_on_response, text));
        return least;
      }(),
      [] {
        std::uint64_t least = UINT64_MAX;
        const std::string text = plain(true, kHead_bytes);
        for (int i = 0; i < kTries; ++i) least = std::min(least, time_of(work_on_request, text));
        return least;
      }()};
  return kTimes[request ? 1 : 0];
}

void check_work(Work work, std::string_view text, std::uint64_t plain_ns) {
  const std::uint64_t allowed = plain_ns * kMostTimes;
  for (int i = 0; i < kTries; ++i) {
    if (time_of(work, text) <= allowed) return;
  }
  FUZZ_CHECK(!"this head costs more than 25 plain ones of the greatest size");
}

}  // namespace

// The first byte says whose bytes these are; a short input is repeated, field by field, up to the
// greatest size, so that what grows faster than it should does so here.
void work(std::string_view input) {
  Input in(input);
  const unsigned whose = in.number() % 3;
  const std::string_view given = in.rest();
  if (whose == 2) return check_work(work_on_message, given, time_of_plain(false));
  std::string text = whose == 0 ? "GET /" : "HTTP/1.1 200 OK";
  const std::string_view start = given.substr(0, given.find('\n'));
  const std::string_view fields = given.substr(std::min(start.size() + 1, given.size()));
  text += whose == 0 ? std::string(start) + " HTTP/1.1\r\nHost: h" : "";
  while (!fields.empty() && text.size() + fields.size() + 4 < kHead_bytes)
    (text += "\r\n") += fields;
  text += "\r\n\r\n";
  const bool request = whose == 0;
  check_work(request ? work_on_request : work_on_response, text, time_of_plain(request));
}

}  // namespace brink::fuzz
