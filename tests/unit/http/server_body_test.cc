#include <gmock/gmock.h>

#include "core/loop/timer.h"
#include "tests/unit/http/server_fixture.h"

namespace brink::http::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kExpecting =
    "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";

TEST_F(ServerTest, ReadsBodiesOfBothKinds) {
  listen();
  Collector collector;
  handle = [&](ServerExchange& exchange) {
    ASSERT_NE(exchange.request_body(), nullptr);
    collector.on_end = [&] { reply(exchange, collector.body); };
    exchange.request_body()->set_receiver(&collector);
    exchange.request_body()->resume();
  };
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe");
  run_turns(loop);
  client->send("llo");
  ASSERT_TRUE(client->wait_for("\r\n\r\nhello"));
  client->clear();
  collector.body.clear();
  client->send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  run_turns(loop);
  client->send("4;x=y\r\ndefg\r\n0\r\nTrailer: gone\r\n\r\n");
  ASSERT_TRUE(client->wait_for("\r\n\r\nabcdefg"));
  EXPECT_EQ(server->connection_count(), 1u);
}

TEST_F(ServerTest, BodyRestsUntilItIsWanted) {
  listen();
  Collector collector;
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1; }));
  run_turns(loop);
  IncomingBody& body = *current->request_body();
  EXPECT_EQ(body.length().bytes, 5u);
  body.set_receiver(&collector);
  run_turns(loop);
  EXPECT_EQ(collector.body, "");
  body.resume();
  ASSERT_TRUE(run_until(loop, [&] { return collector.ended; }));
  EXPECT_EQ(collector.body, "hello");
  reply(*current, "done");
  EXPECT_TRUE(client->wait_for("done"));
}

TEST_F(ServerTest, PausedInTheLastByteTheEndStillComes) {
  listen();
  Collector collector;
  auto client = connect();
  handle = [&](ServerExchange& exchange) {
    collector.on_data = [&](std::string_view) { exchange.request_body()->pause(); };
    exchange.request_body()->set_receiver(&collector);
    exchange.request_body()->resume();
  };
  client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_TRUE(run_until(loop, [&] { return collector.body == "hello"; }));
  run_turns(loop);
  EXPECT_FALSE(collector.ended);
  current->request_body()->resume();
  EXPECT_TRUE(run_until(loop, [&] { return collector.ended; }));
  reply(*current, "done");
  EXPECT_TRUE(client->wait_for("done"));
}

TEST_F(ServerTest, FramesForEveryKindOfRequest) {
  listen();
  handle = [](ServerExchange& exchange) {
    const std::string_view target = exchange.request().target;
    ResponseToSend head;
    if (target == "/known") head.body = BodyLength::known(4);
    if (target == "/unknown") head.body = BodyLength::unknown();
    if (target == "/204") head.status = 204;
    if (target == "/304") head = {.status = 304, .body = BodyLength::known(4)};
    OutgoingBody& out = exchange.respond(head);
    out.write("body");
    out.end();
  };
  const auto ask = [&](const std::string& line, const std::string& fields = "Host: h\r\n") {
    auto client = connect();
    client->send(line + "\r\n" + fields + "\r\n");
    run_until(loop, [&] { return client->received().find("\r\n\r\n") != std::string::npos; });
    run_turns(loop);
    return without_date(client->received()) + (client->ended() ? "[closed]" : "");
  };
  EXPECT_EQ(ask("GET /known HTTP/1.1"), "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(ask("HEAD /known HTTP/1.1"), "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(ask("GET /unknown HTTP/1.1"),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n");
  EXPECT_EQ(ask("HEAD /unknown HTTP/1.1"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(ask("GET /none HTTP/1.1"), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(ask("HEAD /none HTTP/1.1"), "HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(ask("GET /204 HTTP/1.1"), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(ask("GET /304 HTTP/1.1"), "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(ask("GET /known HTTP/1.1", "Host: h\r\nConnection: close\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody[closed]");
  EXPECT_EQ(ask("GET /known HTTP/1.0", ""),
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody[closed]");
  EXPECT_EQ(ask("GET /known HTTP/1.0", "Connection: Keep-Alive\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: keep-alive\r\n\r\nbody");
  EXPECT_EQ(ask("GET /unknown HTTP/1.0", "Connection: keep-alive\r\n"),
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbody[closed]");
}

TEST_F(ServerTest, WritesOnlyWhatMayBeWritten) {
  listen();
  handle = [](ServerExchange& exchange) {
    const std::vector<HeaderField> fields = {
        {"Date", "mine"},      {"Content-Length", "9"}, {"Transfer-Encoding", "chunked"},
        {"Connection", "x"},   {"Bad Name", "v"},       {"X-Split", "a\r\nX-Injected: b"},
        {"Set-Cookie", "a=b"}, {"Set-Cookie", "c=d"}};
    OutgoingBody& out = exchange.respond(
        {.status = 299, .reason = "Odd\r\nX: y", .headers = fields, .body = BodyLength::known(2)});
    out.write("more than promised");
    out.end();
  };
  auto client = connect();
  client->send(kGet);
  ASSERT_TRUE(client->wait_for("\r\n\r\nmo"));
  EXPECT_EQ(client->received(),
            "HTTP/1.1 299 \r\nDate: mine\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n"
            "Content-Length: 2\r\n\r\nmo");
}

TEST_F(ServerTest, TooShortAnAnswerClosesTheConnection) {
  listen();
  handle = [](ServerExchange& exchange) {
    OutgoingBody& out = exchange.respond({.body = BodyLength::known(10)});
    out.write("short");
    out.end();
  };
  auto client = connect();
  client->send(kGet);
  EXPECT_TRUE(client->wait_for_end());
  EXPECT_EQ(ends, 1);
}

TEST_F(ServerTest, AbortShowsThatTheBodyIsNotComplete) {
  listen();
  handle = [this](ServerExchange& exchange) {
    OutgoingBody& out = exchange.respond({.body = BodyLength::unknown()});
    out.write("part");
    loop.defer([&out] { out.abort(); });
  };
  auto client = connect();
  client->send(kGet);
  ASSERT_TRUE(client->wait_for_end());
  EXPECT_THAT(client->received(), Not(HasSubstr("0\r\n\r\n")));
  EXPECT_EQ(ends, 1);
  auto old = connect();
  old->send("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(old->wait_for_end());
  EXPECT_TRUE(old->was_reset());
}

TEST_F(ServerTest, SaysContinueWhenTheBodyIsWanted) {
  listen();
  Collector collector;
  auto client = connect();
  client->send(kExpecting);
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1; }));
  run_turns(loop);
  EXPECT_EQ(client->received(), "");
  collector.on_end = [&] { reply(*current, "thanks"); };
  current->request_body()->set_receiver(&collector);
  current->request_body()->resume();
  ASSERT_TRUE(client->wait_for("HTTP/1.1 100 Continue\r\n\r\n"));
  client->send("hello");
  ASSERT_TRUE(client->wait_for("thanks"));
  client->clear();
  handle = [](ServerExchange& exchange) { reply(exchange, "again"); };
  client->send(kGet);
  EXPECT_TRUE(client->wait_for("again"));
}

TEST_F(ServerTest, RefusedExpectationClosesBecauseTheBodyMayStillCome) {
  listen();
  handle = [](ServerExchange& exchange) { reply(exchange, "no", 413); };
  auto client = connect();
  client->send(kExpecting);
  ASSERT_TRUE(client->wait_for_end());
  EXPECT_THAT(client->received(), HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(client->received(), Not(HasSubstr("100 Continue")));
}

TEST_F(ServerTest, ReadsAwayAShortBodyThatNobodyWanted) {
  listen();
  handle = [](ServerExchange& exchange) { reply(exchange, "ok"); };
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\r\n");
  ASSERT_TRUE(client->wait_for("ok"));
  client->clear();
  client->send(std::string(20'000, 'x') + std::string(kGet));
  ASSERT_TRUE(client->wait_for("ok"));
  EXPECT_EQ(requests, 2);
}

TEST_F(ServerTest, ClosesWhenTheUnwantedBodyIsLongButTheAnswerArrives) {
  listen();
  handle = [](ServerExchange& exchange) { reply(exchange, "ok"); };
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n");
  const std::string block(100'000, 'x');
  for (int i = 0; i < 8; ++i) client->send_some(block);
  ASSERT_TRUE(client->wait_for_end());
  EXPECT_THAT(client->received(), EndsWith("ok"));
  EXPECT_EQ(requests, 1);
}

TEST_F(ServerTest, ABrokenBodyIsAnErrorAndTheAnswerStillGoesOut) {
  listen();
  Collector collector;
  handle = [&](ServerExchange& exchange) {
    exchange.request_body()->set_receiver(&collector);
    exchange.request_body()->resume();
  };
  auto client = connect();
  client->send(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n");
  ASSERT_TRUE(run_until(loop, [&] { return collector.failed; }));
  EXPECT_EQ(collector.error.code, ErrorCode::kBadRequest);
  reply(*current, "sorry", 400);
  ASSERT_TRUE(client->wait_for_end());
  EXPECT_THAT(client->received(), HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(client->received(), EndsWith("sorry"));
}

TEST_F(ServerTest, AClientThatLeavesWithinItsBodyIsTold) {
  listen();
  Collector collector;
  handle = [&](ServerExchange& exchange) {
    exchange.request_body()->set_receiver(&collector);
    exchange.request_body()->resume();
  };
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc");
  ASSERT_TRUE(run_until(loop, [&] { return collector.size == 3; }));
  client->reset();
  ASSERT_TRUE(run_until(loop, [&] { return gone == 1; }));
  EXPECT_TRUE(collector.failed);
  EXPECT_EQ(collector.error.code, ErrorCode::kClientGone);
}

TEST_F(ServerTest, AnAnsweredRequestLastsUntilItsBodyHasCome) {
  listen();
  Collector collector;
  auto client = connect();
  handle = [&](ServerExchange& exchange) {
    exchange.request_body()->set_receiver(&collector);
    exchange.request_body()->resume();
    reply(exchange, "early");
  };
  client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
  ASSERT_TRUE(client->wait_for("early"));
  run_turns(loop);
  EXPECT_EQ(ends, 0);
  handle = [](ServerExchange& exchange) { reply(exchange, "second"); };
  client->send("world" + std::string(kGet));
  ASSERT_TRUE(client->wait_for("second"));
  EXPECT_EQ(collector.body, "helloworld");
  EXPECT_TRUE(collector.ended);
  EXPECT_EQ(ends, 2);
}

TEST_F(ServerTest, AnAnsweredRequestEndsWhenWhoReadItsBodyLeaves) {
  for (const bool paused : {false, true}) {
    listen();
    auto collector = std::make_unique<Collector>();
    auto client = connect();
    handle = [&](ServerExchange& exchange) {
      exchange.request_body()->set_receiver(collector.get());
      exchange.request_body()->resume();
      reply(exchange, "early");
      if (paused) exchange.request_body()->pause();
    };
    ends = 0;
    client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
    ASSERT_TRUE(client->wait_for("early"));
    run_turns(loop);
    EXPECT_EQ(ends, 0);
    collector.reset();
    EXPECT_TRUE(run_until(loop, [&] { return ends == 1; })) << paused;
  }
}

TEST_F(ServerTest, AClientThatLeavesAfterItsAnswerBreaksTheBodyThatIsStillRead) {
  listen();
  Collector collector;
  auto client = connect();
  handle = [&](ServerExchange& exchange) {
    exchange.request_body()->set_receiver(&collector);
    exchange.request_body()->resume();
    reply(exchange, "early");
  };
  client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
  ASSERT_TRUE(client->wait_for("early"));
  client.reset();
  ASSERT_TRUE(run_until(loop, [&] { return ends + gone == 1; }));
  EXPECT_TRUE(collector.failed);
  EXPECT_EQ(collector.error.code, ErrorCode::kClientGone);
  EXPECT_TRUE(run_until(loop, [&] { return server->connection_count() == 0; }));
}

TEST_F(ServerTest, HoldsNoMoreThanTheHighWaterMarkForAStalledClient) {
  listen();
  WriterWatch watch;
  OutgoingBody* out = nullptr;
  handle = [&](ServerExchange& exchange) {
    out = &exchange.respond({.body = BodyLength::unknown()});
    out->set_observer(&watch);
  };
  auto client = connect();
  client->send(kGet);
  ASSERT_TRUE(run_until(loop, [&] { return out != nullptr; }));
  const std::string block(64 * 1024, 'b');
  std::uint64_t written = 0;
  // The kernel takes some megabytes; then writing must stop for good.
  run_until(loop, [&] {
    for (int i = 0; i < 100; ++i) {
      written += block.size();
      if (!out->write(block)) return true;
    }
    return false;
  });
  run_turns(loop);
  EXPECT_EQ(watch.writable, 0);
  EXPECT_LT(written, 100u * 1024 * 1024);
  // Once the client reads, there is room again.
  ASSERT_TRUE(run_until(loop, [&] {
    client->received();
    client->clear();
    return watch.writable > 0;
  }));
  out->end();
  ASSERT_TRUE(client->wait_for("0\r\n\r\n"));
  EXPECT_EQ(bytes_sent, written);
}

TEST_F(ServerTest, AClientThatLeavesWithinTheResponseIsTold) {
  listen();
  WriterWatch watch;
  handle = [&](ServerExchange& exchange) {
    OutgoingBody& out = exchange.respond({.body = BodyLength::unknown()});
    out.set_observer(&watch);
    out.write("some");
  };
  auto client = connect();
  client->send(kGet);
  ASSERT_TRUE(client->wait_for("some"));
  client->reset();
  ASSERT_TRUE(run_until(loop, [&] { return gone == 1; }));
  EXPECT_TRUE(watch.gone);
}

TEST_F(ServerTest, ASilentBodyTimesOutOnlyWhileItIsRead) {
  options.body_timeout_ms = 40;
  listen();
  Collector collector;
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc");
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1; }));
  run_turns(loop, 300);
  EXPECT_EQ(gone, 0);
  current->request_body()->set_receiver(&collector);
  current->request_body()->resume();
  ASSERT_TRUE(run_until(loop, [&] { return collector.failed; }));
  EXPECT_EQ(collector.error.code, ErrorCode::kRequestTimeout);
  reply(*current, "late", 408);
  EXPECT_TRUE(client->wait_for("late"));
}

TEST_F(ServerTest, ABodyThatIsSlowButSteadyIsTakenWhole) {
  options.body_timeout_ms = 200;
  listen();
  Collector collector;
  handle = [&](ServerExchange& exchange) {
    collector.on_end = [&] { reply(exchange, "thanks"); };
    exchange.request_body()->set_receiver(&collector);
    exchange.request_body()->resume();
  };
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200\r\n\r\n");
  int sent = 0;
  Timer timer(loop, [&] {
    if (sent < 20) client->send("0123456789"), ++sent;
  });
  timer.start(50, 50);
  ASSERT_TRUE(client->wait_for("thanks"));
  EXPECT_EQ(collector.size, 200u);
  EXPECT_EQ(sent, 20);
}

TEST_F(ServerTest, ABodyBelowTheLeastRateIsCut) {
  options.body_timeout_ms = 200;
  options.min_body_bytes_per_second = 1'000;
  listen();
  Collector collector;
  handle = [&](ServerExchange& exchange) {
    exchange.request_body()->set_receiver(&collector);
    exchange.request_body()->resume();
  };
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
  int sent = 0;
  Timer timer(loop, [&] { client->send("x"), ++sent; });
  timer.start(30, 30);
  ASSERT_TRUE(run_until(loop, [&] { return collector.failed; }));
  timer.stop();
  EXPECT_EQ(collector.error.code, ErrorCode::kRequestTimeout);
  EXPECT_GT(sent, 4);
}

TEST_F(ServerTest, TimeInWhichNobodyReadsIsNotTheClients) {
  options.body_timeout_ms = 100;
  options.min_body_bytes_per_second = 1'000'000;
  listen();
  Collector collector;
  auto client = connect();
  client->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc");
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1; }));
  bool rested = false;
  Timer timer(loop, [&] { rested = true; });
  timer.start(300);
  ASSERT_TRUE(run_until(loop, [&] { return rested; }));
  collector.on_end = [&] { reply(*current, "thanks"); };
  current->request_body()->set_receiver(&collector);
  current->request_body()->resume();
  client->send("def");
  ASSERT_TRUE(client->wait_for("thanks"));
  EXPECT_FALSE(collector.failed);
}

TEST_F(ServerTest, NoContinueForABodyThatIsPaused) {
  listen();
  Collector collector;
  handle = [&](ServerExchange& exchange) {
    exchange.request_body()->set_receiver(&collector);
    exchange.request_body()->pause();
  };
  auto client = connect();
  client->send(kExpecting);
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1; }));
  run_turns(loop);
  EXPECT_EQ(client->received(), "");
  current->request_body()->resume();
  EXPECT_TRUE(client->wait_for("HTTP/1.1 100 Continue\r\n\r\n"));
  server.reset();  // while the collector is there
}

}  // namespace
}  // namespace brink::http::test
