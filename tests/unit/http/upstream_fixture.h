#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/http/upstream.h"
#include "tests/unit/http/server_fixture.h"
#include "tests/unit/http/test_peer.h"

namespace brink::http::test {

/// What came of one request.
class Answer : public UpstreamObserver {
 public:
  void on_interim(std::uint16_t code, HeaderSpan) override { interim.push_back(code); }
  void on_response(const ResponseHead& head, IncomingBody* body) override {
    status = head.status;
    reason = head.reason;
    length = head.body;
    source = body;
    if (body == nullptr) {
      collector.ended = true;
    } else if (!rest) {
      body->set_receiver(&collector);
      body->resume();
    }
    if (when_response) when_response();
  }
  void on_upstream_error(const Error& broken) override { error = broken; }

  bool done() const { return collector.ended || collector.failed || error.has_value(); }

  std::vector<int> interim;
  int status = 0;
  std::string reason;
  BodyLength length;
  IncomingBody* source = nullptr;
  Collector collector;
  std::optional<Error> error;
  bool rest = false;
  std::function<void()> when_response;
};

/// A pool, and an origin that the test plays.
class UpstreamTest : public ::testing::Test {
 public:
  void make_pool() { pool = UpstreamPool::create(loop, options); }
  void SetUp() override { make_pool(); }

  std::unique_ptr<UpstreamRequest> get(Answer& answer, std::string_view method = "GET",
                                       BodyLength body = BodyLength::none()) {
    const HeaderField host{"Host", "origin"};
    return pool->start({"127.0.0.1", origin.port()},
                       {.method = method, .target = "/t", .headers = {&host, 1}, .body = body},
                       answer);
  }

  bool finish(Answer& answer) {
    return run_until(loop, [&] { return answer.done(); });
  }

  /// One request, answered with `text` by a fresh connection, which is then closed or not.
  std::unique_ptr<Answer> ask(std::string_view text, bool close, std::string_view method = "GET") {
    auto answer = std::make_unique<Answer>();
    auto request = get(*answer, method);
    auto peer = origin.accept();
    peer->wait_for("\r\n\r\n");
    peer->send(text);
    if (close) peer->close();
    EXPECT_TRUE(finish(*answer)) << text;
    return answer;
  }

  EventLoop loop;
  Listener origin{loop};
  UpstreamOptions options;
  std::unique_ptr<UpstreamPool> pool;
};

}  // namespace brink::http::test
