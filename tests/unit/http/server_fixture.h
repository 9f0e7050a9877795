#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/http/server.h"
#include "core/loop/event_loop.h"
#include "tests/unit/http/test_peer.h"

namespace brink::http::test {

/// Collects a body; pauses when told to.
class Collector : public BodyReceiver {
 public:
  void on_body_data(std::string_view bytes) override {
    size += bytes.size();
    if (keep) body.append(bytes);
    if (on_data) on_data(bytes);
  }
  void on_body_end() override {
    ended = true;
    if (on_end) on_end();
  }
  void on_body_error(const Error& broken) override {
    failed = true;
    error = broken;
  }

  std::string body;
  std::uint64_t size = 0;
  bool keep = true;
  bool ended = false;
  bool failed = false;
  Error error;
  std::function<void(std::string_view)> on_data;
  std::function<void()> on_end;
};

class WriterWatch : public BodyWriterObserver {
 public:
  void on_writable() override {
    ++writable;
    if (action) action();
  }
  void on_writer_gone(const Error&) override { gone = true; }
  int writable = 0;
  bool gone = false;
  std::function<void()> action;
};

inline constexpr std::string_view kGet = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

/// The date changes; nothing else may.
inline std::string without_date(std::string text) {
  for (std::size_t at = text.find("Date: "); at != std::string::npos; at = text.find("Date: ", at))
    text.erase(at, text.find("\r\n", at) + 2 - at);
  return text;
}

/// A server whose handler is a function of the test.
class ServerTest : public ::testing::Test, public RequestHandler, public ServerExchangeObserver {
 public:
  void listen(std::string_view address = "127.0.0.1:0") {
    auto made = Server::listen(loop, address, options, *this);
    ASSERT_TRUE(made.has_value()) << made.error().message;
    server = std::move(*made);
  }
  std::unique_ptr<Peer> connect() { return Peer::connect(loop, server->address()); }

  void on_request(ServerExchange& exchange) override {
    ++requests;
    exchange.set_observer(this);
    current = &exchange;
    if (handle) handle(exchange);
  }
  std::string on_bad_request(std::string_view, const Error& error) override {
    bad.push_back(error.code);
    return "bad-" + std::to_string(bad.size());
  }
  void on_client_gone(ServerExchange&) override {
    ++gone;
    current = nullptr;
    if (when_gone) when_gone();
  }
  void on_exchange_end(ServerExchange&, std::uint64_t bytes) override {
    ++ends;
    bytes_sent += bytes;
    current = nullptr;
  }

  /// Answers with a short body of known length.
  static void reply(ServerExchange& exchange, std::string_view body, std::uint16_t status = 200) {
    OutgoingBody& out =
        exchange.respond({.status = status, .body = BodyLength::known(body.size())});
    out.write(body);
    out.end();
  }

  EventLoop loop;
  ServerOptions options;
  std::unique_ptr<Server> server;
  std::function<void(ServerExchange&)> handle;
  std::function<void()> when_gone;
  ServerExchange* current = nullptr;
  int requests = 0;
  int ends = 0;
  int gone = 0;
  std::uint64_t bytes_sent = 0;
  std::vector<ErrorCode> bad;
};

}  // namespace brink::http::test
