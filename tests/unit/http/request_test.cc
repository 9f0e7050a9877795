// What the parser and read_request_head() together take for a request.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "core/http/message_parser.h"
#include "core/http/request_head.h"

namespace brink::http {
namespace {

using Status = MessageParser::Status;

class CollectingSink : public BodySink {
 public:
  bool on_body_bytes(std::string_view bytes) override {
    body.append(bytes);
    return !pause_after_each;
  }
  std::string body;
  bool pause_after_each = false;
};

struct Parsed {
  RawHead raw;
  HeadStorage storage;
  RequestHead head;
  CollectingSink sink;
  std::optional<ErrorCode> error;
  std::string message;
  bool complete = false;
  std::size_t consumed = 0;
};

// Feeds `text` in pieces of `step` bytes through parser and judge.
std::unique_ptr<Parsed> parse(std::string_view text, std::size_t step = std::string::npos,
                              std::size_t max_head_bytes = 32 * 1024) {
  auto parsed = std::make_unique<Parsed>();
  MessageParser parser(MessageParser::Kind::kRequest, max_head_bytes, parsed->sink);
  parser.start(parsed->raw);
  const auto fail_with = [&](const Error& error) {
    parsed->error = error.code;
    parsed->message = error.message;
  };
  while (parsed->consumed < text.size()) {
    std::string piece(text.substr(parsed->consumed, step));  // its own memory: finds stale pointers
    const MessageParser::Step done = parser.parse(piece);
    parsed->consumed += done.consumed;
    if (done.status == Status::kError) {
      fail_with(parser.error());
      break;
    }
    if (done.status == Status::kHead) {
      const auto read =
          read_request_head(parsed->raw, url::EscapedSlashes::kKeep, parsed->storage, parsed->head);
      if (!read) {
        fail_with(read.error());
        break;
      }
      const BodyLength body = parsed->head.body;
      parsed->complete = body.kind != BodyLength::Kind::kUnknown && body.bytes == 0;
    }
    if (done.status == Status::kMessageEnd) parsed->complete = true;
    if (parsed->complete) break;
  }
  return parsed;
}

TEST(Request, IsReadWhole) {
  const auto request = parse(
      "GET /a/b?c=d HTTP/1.1\r\nHost: example.com:8080\r\nX-Empty:\r\nX-Spaces: \t two words \t\r\n"
      "X-Utf8: \xc3\xa4\r\n\r\n");
  ASSERT_FALSE(request->error) << request->message;
  EXPECT_TRUE(request->complete);
  EXPECT_EQ(request->head.method, "GET");
  EXPECT_EQ(request->head.target, "/a/b?c=d");
  EXPECT_EQ(request->head.host, "example.com:8080");
  EXPECT_EQ(request->head.minor_version, 1);
  ASSERT_EQ(request->head.headers.size(), 4u);
  EXPECT_EQ(request->head.find("x-spaces"), "two words");
  EXPECT_EQ(request->head.find("X-EMPTY"), "");
  EXPECT_NE(request->head.find("X-EMPTY").data(), nullptr);
  EXPECT_EQ(request->head.find("x-none").data(), nullptr);
  EXPECT_EQ(request->head.find("x-utf8"), "\xc3\xa4");
}

TEST(Request, ReadsTheSameInPiecesOfAnySize) {
  const std::string text =
      "\r\nPOST /path HTTP/1.1\r\nHost: h\r\nX-Empty:\r\nTransfer-Encoding: chunked\r\nX: y "
      "z\r\n\r\n"
      "5;ext=\"a\"\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: dropped\r\n\r\nGET /next";
  for (std::size_t step = 1; step < text.size(); ++step) {
    const auto request = parse(text, step);
    ASSERT_FALSE(request->error) << step << ": " << request->message;
    ASSERT_TRUE(request->complete) << step;
    EXPECT_EQ(request->head.method, "POST");
    EXPECT_EQ(request->head.target, "/path");
    EXPECT_EQ(request->head.host, "h");
    ASSERT_EQ(request->head.headers.size(), 4u) << step;
    EXPECT_EQ(request->head.find("X-Empty"), "");
    EXPECT_EQ(request->head.find("X"), "y z");
    EXPECT_EQ(request->sink.body, "hello!");
    EXPECT_EQ(text.substr(request->consumed), "GET /next");
  }
}

TEST(Request, BodyPausesAndGoesOnWithoutNewBytes) {
  CollectingSink sink;
  sink.pause_after_each = true;
  RawHead raw;
  MessageParser parser(MessageParser::Kind::kRequest, 1024, sink);
  for (const std::string_view text :
       {std::string_view("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"),
        std::string_view("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "3\r\nabc\r\n0\r\n\r\n")}) {
    sink.body.clear();
    parser.start(raw);
    const auto head = parser.parse(text);
    ASSERT_EQ(head.status, Status::kHead);
    std::string_view rest = text.substr(head.consumed);
    const auto data = parser.parse(rest);
    EXPECT_EQ(data.status, Status::kPaused);
    EXPECT_EQ(sink.body, "abc");
    rest.remove_prefix(data.consumed);
    const auto end = parser.parse(rest);
    EXPECT_EQ(end.status, Status::kMessageEnd);
    EXPECT_EQ(end.consumed, rest.size());
  }
}

TEST(Request, TargetForms) {
  const auto absolute = parse("GET http://b.example:81/p?q HTTP/1.1\r\nHost: a.example\r\n\r\n");
  ASSERT_FALSE(absolute->error) << absolute->message;
  EXPECT_EQ(absolute->head.host, "b.example:81");
  EXPECT_EQ(absolute->head.target, "/p?q");
  EXPECT_EQ(parse("GET HTTP://b HTTP/1.1\r\nHost: a\r\n\r\n")->head.target, "/");
  EXPECT_EQ(parse("GET http://b?q HTTP/1.1\r\nHost: a\r\n\r\n")->head.target, "/?q");
  EXPECT_EQ(parse("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n")->head.target, "*");
  EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")->head.target, "*");
}

TEST(Request, TargetsAreReadOnceForEverybody) {
  const auto normal = parse("GET /x/../%61dmin?%61 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(normal->head.target, "/admin?%61");
  EXPECT_EQ(normal->head.raw_target, "/x/../%61dmin?%61");
  EXPECT_FALSE(normal->head.moved);
  for (const char* target : {"//x", "/\\x", "http://b//x", "http://b/\\x"}) {
    const auto moved = parse("GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(moved->head.target, "/x") << target;
    EXPECT_TRUE(moved->head.moved) << target;
  }
}

TEST(Request, HostsAreCanonical) {
  EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: A.Example:80\r\n\r\n")->head.host, "a.example");
  EXPECT_EQ(parse("GET http://B:080/ HTTP/1.1\r\nHost: a\r\n\r\n")->head.host, "b");
}

TEST(Request, Http10NeedsNoHost) {
  const auto request = parse("GET / HTTP/1.0\r\n\r\n");
  EXPECT_FALSE(request->error) << request->message;
  EXPECT_EQ(request->head.minor_version, 0);
}

TEST(Request, UpgradeIsIgnored) {
  const auto request = parse(
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
      "Content-Length: 2\r\n\r\nhi");
  EXPECT_FALSE(request->error) << request->message;
  EXPECT_TRUE(request->complete);
  EXPECT_EQ(request->sink.body, "hi");
}

TEST(Request, ExpectIsRead) {
  const auto request =
      parse("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n");
  EXPECT_TRUE(request->head.expects_continue);
  const auto old = parse("PUT / HTTP/1.0\r\nContent-Length: 2\r\nExpect: other\r\n\r\n");
  EXPECT_FALSE(old->error) << old->message;
}

struct Case {
  const char* name;
  std::string text;
  ErrorCode code;
};

std::string with(const std::string& fields, const std::string& body = "") {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n\r\n" + body;
}

std::vector<Case> rejected() {
  using enum ErrorCode;
  return {
      // The request line.
      {"two spaces before the target", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"two spaces after the target", "GET /  HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"tab for space", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"bare CR before the request line", "\rGET / HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"CR behind an empty line", "\r\n\rGET / HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"bare LF before the request line", "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"escaped NUL", "GET /a%00 HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"escaped line end", "GET /a%0d%0Ab HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"escaped DEL", "GET http://h/%7f HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"no target", "GET HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"raw UTF-8", "GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"control in the target", "GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"NUL in the target", std::string("GET /") + '\0' + " HTTP/1.1\r\nHost: h\r\n\r\n",
       kBadRequest},
      {"asterisk for GET", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"relative target", "GET a/b HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"other scheme", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"user in the target", "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"no host in the target", "GET http:///p HTTP/1.1\r\nHost: h\r\n\r\n", kBadRequest},
      {"CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", kNotImplemented},
      {"unknown method", "FROB / HTTP/1.1\r\nHost: h\r\n\r\n", kNotImplemented},
      {"lower-case method", "get / HTTP/1.1\r\nHost: h\r\n\r\n", kNotImplemented},
      {"TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8), kBadRequest},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", kHttpVersion},
      {"HTTP/2 in HTTP/1 clothes", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", kHttpVersion},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", kHttpVersion},
      {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: h\r\n\r\n", kHttpVersion},
      {"RTSP", "DESCRIBE /x RTSP/1.0\r\nHost: h\r\n\r\n", kHttpVersion},
      {"ICE", "SOURCE /x ICE/1.0\r\nHost: h\r\n\r\n", kHttpVersion},
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: h\r\n\r\n", kHttpVersion},
      {"bare CR after the request line", "GET / HTTP/1.1\rHost: h\r\n\r\n", kBadRequest},
      // Host.
      {"no Host", "GET / HTTP/1.1\r\n\r\n", kBadRequest},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", kBadRequest},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", kBadRequest},
      {"list in Host", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", kBadRequest},
      {"empty label in Host", "GET / HTTP/1.1\r\nHost: .shop.example\r\n\r\n", kBadRequest},
      {"no URL's host", "GET / HTTP/1.1\r\nHost: 1.2.3.4.5\r\n\r\n", kBadRequest},
      {"path in Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", kBadRequest},
      {"user in Host", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", kBadRequest},
      {"bad port in Host", "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", kBadRequest},
      {"bad Host behind an absolute target", "GET http://h/ HTTP/1.1\r\nHost: a b\r\n\r\n",
       kBadRequest},
      // Fields.
      {"space before the colon", with("X : y"), kBadRequest},
      {"tab before the colon", with("X\t: y"), kBadRequest},
      {"no colon", with("X"), kBadRequest},
      {"empty name", with(": y"), kBadRequest},
      {"folded value", with("X: y\r\n z"), kBadRequest},
      {"folded by a tab", with("X: y\r\n\tz"), kBadRequest},
      {"folded framing", with("Transfer-Encoding:\r\n chunked", "0\r\n\r\n"), kBadRequest},
      {"space before the first field", "GET / HTTP/1.1\r\n X: y\r\nHost: h\r\n\r\n", kBadRequest},
      {"NUL in a value", with(std::string("X: a\0b", 6)), kBadRequest},
      {"bare CR in a value", with("X: a\rb"), kBadRequest},
      {"bare LF after a field", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", kBadRequest},
      {"bare LF at the end", "GET / HTTP/1.1\r\nHost: h\r\n\n", kBadRequest},
      {"control in a value", with("X: a\x01b"), kBadRequest},
      {"delete in a value", with("X: a\x7f"), kBadRequest},
      {"non-token name", with("X(y): z"), kBadRequest},
      {"high byte in a name", with("X\xe4: z"), kBadRequest},
      {"unknown expectation", with("Expect: 200-ok"), kExpectationFailed},
      {"two expectations", with("Expect: 100-continue\r\nExpect: 100-continue"), kBadRequest},
      {"two expectations, one unknown", with("Expect: 100-continue\r\nexpect: 200-ok"),
       kBadRequest},
      // Framing: the shapes of request smuggling.
      {"both lengths", with("Content-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
       kBadRequest},
      {"both, other order", with("Transfer-Encoding: chunked\r\nContent-Length: 3", "0\r\n\r\n"),
       kBadRequest},
      {"two lengths", with("Content-Length: 3\r\nContent-Length: 4", "abc"), kBadRequest},
      {"the same length twice", with("Content-Length: 3\r\nContent-Length: 3", "abc"), kBadRequest},
      {"list of lengths", with("Content-Length: 3, 3", "abc"), kBadRequest},
      {"signed length", with("Content-Length: +3", "abc"), kBadRequest},
      {"negative length", with("Content-Length: -3", "abc"), kBadRequest},
      {"hexadecimal length", with("Content-Length: 0x3", "abc"), kBadRequest},
      {"empty length", with("Content-Length:", ""), kBadRequest},
      {"spaced length", with("Content-Length: 1 2", "abc"), kBadRequest},
      {"length past 64 bits", with("Content-Length: 18446744073709551616", ""), kBadRequest},
      {"underscored length", with("Content_Length: 3\r\nContent-Length: 3x", ""), kBadRequest},
      {"not chunked last", with("Transfer-Encoding: chunked, gzip", ""), kBadRequest},
      {"identity", with("Transfer-Encoding: identity", ""), kBadRequest},
      {"gzip", with("Transfer-Encoding: gzip", ""), kBadRequest},
      {"gzip, chunked", with("Transfer-Encoding: gzip, chunked", ""), kNotImplemented},
      {"chunked twice", with("Transfer-Encoding: chunked, chunked", ""), kBadRequest},
      {"two codings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", ""),
       kBadRequest},
      {"two codings, one odd", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: x", ""),
       kBadRequest},
      {"quoted chunked", with("Transfer-Encoding: \"chunked\"", ""), kBadRequest},
      {"chunked with a parameter", with("Transfer-Encoding: chunked;q=1", ""), kBadRequest},
      {"xchunked", with("Transfer-Encoding: xchunked", ""), kBadRequest},
      {"vertical tab chunked",
       with("Transfer-Encoding: \x0b"
            "chunked",
            ""),
       kBadRequest},
      {"empty coding", with("Transfer-Encoding:", ""), kBadRequest},
      {"coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       kBadRequest},
      // Chunks.
      {"chunk size with a sign", with("Transfer-Encoding: chunked", "+3\r\nabc\r\n0\r\n\r\n"),
       kBadRequest},
      {"chunk size with 0x", with("Transfer-Encoding: chunked", "0x3\r\nabc\r\n0\r\n\r\n"),
       kBadRequest},
      {"chunk size past 64 bits", with("Transfer-Encoding: chunked", "10000000000000003\r\nabc"),
       kBadRequest},
      {"empty chunk size", with("Transfer-Encoding: chunked", "\r\nabc\r\n0\r\n\r\n"), kBadRequest},
      {"chunk longer than said", with("Transfer-Encoding: chunked", "3\r\nabcd\r\n0\r\n\r\n"),
       kBadRequest},
      {"space after the chunk size", with("Transfer-Encoding: chunked", "3 \r\nabc\r\n0\r\n\r\n"),
       kBadRequest},
      {"bare LF after the chunk size", with("Transfer-Encoding: chunked", "3\nabc\r\n0\r\n\r\n"),
       kBadRequest},
      {"bare LF after the chunk", with("Transfer-Encoding: chunked", "3\r\nabc\n0\r\n\r\n"),
       kBadRequest},
      {"bare CR in an extension", with("Transfer-Encoding: chunked", "3;a\rb\r\nabc\r\n0\r\n\r\n"),
       kBadRequest},
      {"bare LF in an extension", with("Transfer-Encoding: chunked", "3;a\nabc\r\n0\r\n\r\n"),
       kBadRequest},
      {"endless extension",
       with("Transfer-Encoding: chunked", "3;" + std::string(20'000, 'a') + "\r\nabc\r\n0\r\n\r\n"),
       kBadRequest},
      {"endless trailers",
       with("Transfer-Encoding: chunked", "0\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n"),
       kBadRequest},
      {"many short trailers",
       with("Transfer-Encoding: chunked",
            [] {
              std::string body = "0\r\n";
              for (int i = 0; i < 4000; ++i) body += "X: y\r\n";
              return body + "\r\n";
            }()),
       kBadRequest},
      {"many empty trailers",
       with("Transfer-Encoding: chunked",
            [] {
              std::string body = "0\r\n";
              for (int i = 0; i < 5000; ++i) body += "X:\r\n";
              return body + "\r\n";
            }()),
       kBadRequest},
      // Limits.
      {"long head", with("X: " + std::string(40'000, 'a')), kHeadTooLarge},
      {"long target", "GET /" + std::string(40'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n",
       kHeadTooLarge},
      {"many fields", with([] {
         std::string fields;
         for (int i = 0; i < 200; ++i) fields += "X: y\r\n";
         return fields + "X: y";
       }()),
       kHeadTooLarge},
      {"nothing but empty lines",
       [] {
         std::string lines;
         for (int i = 0; i < 20'000; ++i) lines += "\r\n";
         return lines;
       }(),
       kHeadTooLarge},
  };
}

TEST(Request, IsRejected) {
  for (const Case& shape : rejected()) {
    for (const std::size_t step : {std::string::npos, std::size_t{1}}) {
      const auto request = parse(shape.text, step);
      ASSERT_TRUE(request->error) << shape.name << " was taken, in pieces of " << step;
      EXPECT_EQ(*request->error, shape.code)
          << shape.name << ": " << error_info(*request->error).name << ": " << request->message;
      EXPECT_FALSE(request->message.empty()) << shape.name;
    }
  }
}

TEST(Request, HeadMayHaveExactlyTheLimit) {
  const std::string text = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_FALSE(parse(text, std::string::npos, text.size())->error);
  EXPECT_FALSE(parse(text, 1, text.size())->error);
  EXPECT_EQ(parse(text, 1, text.size() - 1)->error, ErrorCode::kHeadTooLarge);
}

TEST(Request, AConnectionListHasABound) {
  std::string list = "close";
  for (int i = 0; i < 16; ++i) list += ",a" + std::to_string(i);
  const auto text = [](const std::string& options) {
    return "GET / HTTP/1.1\r\nHost: h\r\nConnection: " + options + "\r\n\r\n";
  };
  EXPECT_FALSE(parse(text(list))->error);
  EXPECT_EQ(parse(text(list + ",b"))->error, ErrorCode::kBadRequest);
  EXPECT_FALSE(parse(text(std::string(8'000, ',')))->error);  // empty elements name nothing
}

}  // namespace
}  // namespace brink::http
