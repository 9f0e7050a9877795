#include "core/http/server.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "core/loop/timer.h"
#include "tests/unit/http/server_fixture.h"

namespace brink::http::test {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  listen();
  handle = [](ServerExchange& exchange) { reply(exchange, "hello"); };
  auto client = connect();
  for (int i = 0; i < 3; ++i) {
    client->send(kGet);
    ASSERT_TRUE(client->wait_for("hello"));
    EXPECT_THAT(client->received(), HasSubstr("Date: "));
    EXPECT_EQ(without_date(client->received()),
              "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    client->clear();
  }
  EXPECT_EQ(requests, 3);
  EXPECT_EQ(ends, 3);
  EXPECT_EQ(bytes_sent, 15u);
  EXPECT_EQ(server->connection_count(), 1u);
}

TEST_F(ServerTest, TakesAHeadByteByByte) {
  listen();
  handle = [](ServerExchange& exchange) {
    EXPECT_EQ(exchange.request().target, "/x");
    EXPECT_EQ(exchange.request().host, "h");
    EXPECT_EQ(exchange.client_ip(), "127.0.0.1");
    EXPECT_EQ(exchange.request_body(), nullptr);
    reply(exchange, "ok");
  };
  auto client = connect();
  for (const char c : kGet) {
    client->send({&c, 1});
    run_turns(loop, 2);
  }
  EXPECT_TRUE(client->wait_for("ok"));
}

TEST_F(ServerTest, AnswersPipelinedRequestsOneByOneInOrder) {
  listen();
  int running = 0;
  handle = [&](ServerExchange& exchange) {
    EXPECT_EQ(++running, 1);
    // Later, so that the next ones have time to overtake.
    loop.defer([this, &exchange, &running] {
      --running;
      reply(exchange, exchange.request().target);
    });
  };
  auto client = connect();
  std::string all;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string target = "/" + std::to_string(i);
    all += "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
    expected +=
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(target.size()) + "\r\n\r\n" + target;
  }
  client->send(all);
  ASSERT_TRUE(client->wait_for("/99"));
  EXPECT_EQ(without_date(client->received()), expected);
}

TEST_F(ServerTest, StopsReadingWhatIsPipelinedTooFar) {
  listen();
  auto client = connect();
  client->send(kGet);
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1; }));
  const std::string more(64 * 1024, '\n');
  std::size_t taken = 0;
  for (int i = 0; i < 2000; ++i) {
    taken += client->send_some(more);
    run_turns(loop, 1);
  }
  // Only what the kernel buffers; it tops out at a few megabytes.
  EXPECT_LT(taken, 60u * 1024 * 1024);
  EXPECT_EQ(requests, 1);
  EXPECT_NE(current, nullptr);
}

TEST_F(ServerTest, SeesAClientLeaveWhileTheResponseIsPrepared) {
  listen();
  auto client = connect();
  client->send(kGet);
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1; }));
  client->close();
  EXPECT_TRUE(run_until(loop, [&] { return gone == 1; }));
  EXPECT_TRUE(run_until(loop, [&] { return server->connection_count() == 0; }));
  EXPECT_EQ(ends, 0);
}

TEST_F(ServerTest, SendsInterimResponses) {
  listen();
  handle = [](ServerExchange& exchange) {
    const HeaderField link{"Link", "</a.css>; rel=preload"};
    exchange.send_interim(103, {&link, 1});
    exchange.send_interim(101, {});
    reply(exchange, "ok");
    exchange.send_interim(103, {});
  };
  auto client = connect();
  client->send(kGet);
  ASSERT_TRUE(client->wait_for("ok"));
  EXPECT_THAT(without_date(client->received()),
              StartsWith("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
                         "HTTP/1.1 200 OK\r\n"));
  auto old = connect();
  old->send("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(old->wait_for_end());
  EXPECT_THAT(old->received(), Not(HasSubstr("103")));
}

TEST_F(ServerTest, AnswersWhatIsNoRequestAndLingers) {
  listen();
  auto client = connect();
  client->send("GET / HTTP/1.1\r\nHost : h\r\n\r\n" + std::string(50'000, 'x'));
  ASSERT_TRUE(client->wait_for_end());
  EXPECT_FALSE(client->was_reset());
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(client->received(), HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(client->received(), HasSubstr("BRINK_BAD_REQUEST"));
  EXPECT_THAT(bad, ElementsAre(ErrorCode::kBadRequest));
  client->close();
  EXPECT_TRUE(run_until(loop, [&] { return server->connection_count() == 0; }));
  EXPECT_EQ(requests, 0);
}

TEST_F(ServerTest, AClientThatShutsItsSideStillGetsTheAnswerThatIsOut) {
  listen();
  const std::string big(8 * 1024 * 1024, 'x');
  handle = [&](ServerExchange& exchange) { reply(exchange, big); };
  auto client = connect();
  client->send(kGet);
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1; }));
  client->shut_down();
  ASSERT_TRUE(client->wait_for_end());
  EXPECT_THAT(client->received().size(), ::testing::Gt(big.size()));
  EXPECT_EQ(ends, 1);
}

TEST_F(ServerTest, ClosesIdleConnectionsAndAnswersSlowHeads) {
  options.keep_alive_timeout_ms = 40;
  options.head_timeout_ms = 40;
  listen();
  auto idle = connect();
  EXPECT_TRUE(idle->wait_for_end());
  EXPECT_EQ(idle->received(), "");
  auto slow = connect();
  slow->send("GET / HTTP/1.1\r\nHo");
  EXPECT_TRUE(slow->wait_for_end());
  EXPECT_THAT(slow->received(), StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_THAT(bad, ElementsAre(ErrorCode::kRequestTimeout));
}

TEST_F(ServerTest, AClientThatTakesNothingTimesOut) {
  options.body_timeout_ms = 40;
  listen();
  const std::string big(16 * 1024 * 1024, 'x');
  handle = [&](ServerExchange& exchange) { reply(exchange, big); };
  auto client = connect();
  client->set_small_buffers();
  client->send(kGet);
  EXPECT_TRUE(run_until(loop, [&] { return gone == 1; }));
  EXPECT_EQ(loop.memory().used_bytes(), 0u);
}

TEST_F(ServerTest, DrainsIdleSoonAndRunningWhenDone) {
  listen();
  auto idle = connect();
  auto busy = connect();
  busy->send(kGet);
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1 && server->connection_count() == 2; }));
  bool drained = false;
  server->drain([&] { drained = true; });
  EXPECT_TRUE(idle->wait_for_end());
  EXPECT_FALSE(drained);
  reply(*current, "last");
  ASSERT_TRUE(busy->wait_for_end());
  EXPECT_THAT(busy->received(), HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(busy->received(), EndsWith("last"));
  EXPECT_TRUE(run_until(loop, [&] { return drained; }));
}

TEST_F(ServerTest, DrainWithoutConnectionsIsDoneSoon) {
  listen();
  const std::string address = server->address();
  bool drained = false;
  server->drain([&] { drained = true; });
  EXPECT_FALSE(drained) << "never before drain() returns";
  EXPECT_TRUE(run_until(loop, [&] { return drained; }));
  EXPECT_TRUE(bind_socket(address)) << "nobody listens any more";
}

TEST_F(ServerTest, ADrainServesWhatWaitsToBeAccepted) {
  handle = [](ServerExchange& exchange) { reply(exchange, "ok"); };
  listen();
  std::vector<std::unique_ptr<Peer>> waiting;
  for (int i = 0; i < 8; ++i) {
    waiting.push_back(connect());
    if (i % 2 == 0) waiting.back()->send(kGet);
  }
  ASSERT_EQ(server->connection_count(), 0u);
  bool drained = false;
  server->drain([&] { drained = true; });
  ASSERT_TRUE(run_until(loop, [&] { return server->connection_count() == 4 && requests == 4; }));
  for (int i = 1; i < 8; i += 2) waiting[i]->send(kGet);
  for (const auto& client : waiting) {
    EXPECT_TRUE(client->wait_for_end());
    EXPECT_THAT(client->received(), HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(client->received(), EndsWith("ok"));
  }
  EXPECT_TRUE(run_until(loop, [&] { return drained; }));
}

TEST_F(ServerTest, ADrainServesTheRequestThatCrossesIt) {
  handle = [](ServerExchange& exchange) { reply(exchange, "ok"); };
  listen();
  auto client = connect();
  client->send(kGet);
  ASSERT_TRUE(client->wait_for("ok"));
  client->send(kGet);  // before the client can know
  server->drain({});
  EXPECT_TRUE(client->wait_for_end());
  EXPECT_EQ(requests, 2);
  EXPECT_THAT(client->received(), EndsWith("ok"));
}

TEST_F(ServerTest, ADrainDoesNotWaitForAClientThatSaysNothing) {
  listen();
  auto silent = connect();
  ASSERT_TRUE(run_until(loop, [&] { return server->connection_count() == 1; }));
  bool drained = false;
  server->drain([&] { drained = true; });
  EXPECT_TRUE(run_until(loop, [&] { return drained; }));
  EXPECT_TRUE(silent->wait_for_end());
}

TEST_F(ServerTest, DestroyedServerTellsItsExchanges) {
  listen();
  auto client = connect();
  client->send(kGet);
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1; }));
  server.reset();
  EXPECT_EQ(gone, 1);
  EXPECT_TRUE(client->wait_for_end());
}

TEST_F(ServerTest, ListensOnAUnixSocketAndReplacesAStaleOne) {
  const std::string path = ::testing::TempDir() + "brink-server-test.sock";
  ::unlink(path.c_str());
  handle = [](ServerExchange& exchange) { reply(exchange, "ok"); };
  listen("unix:" + path);
  EXPECT_EQ(server->address(), "unix:" + path);
  EXPECT_FALSE(Server::listen(loop, "unix:" + path, options, *this).has_value());
  auto client = connect();
  client->send(kGet);
  EXPECT_TRUE(client->wait_for("ok"));
  ::unlink(path.c_str());
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  listen();
  for (const std::string& address :
       {std::string("nonsense"), std::string("127.0.0.1:99999"), std::string("::1:80"),
        std::string("host.example:80"), std::string("unix:"), server->address()}) {
    const auto made = Server::listen(loop, address, options, *this);
    ASSERT_FALSE(made.has_value()) << address;
    EXPECT_EQ(made.error().code, ErrorCode::kListen);
    EXPECT_THAT(made.error().message, HasSubstr(address));
  }
}

// Each byte is progress, but the head as a whole has one deadline.
TEST_F(ServerTest, AHeadThatDripsIsCutAtItsDeadline) {
  options.head_timeout_ms = 200;
  listen();
  auto client = connect();
  client->send("GET / HTTP/1.1\r\nHost: h\r\nX: ");
  int sent = 0;
  Timer timer(loop, [&] { client->send("x"), ++sent; });
  timer.start(30, 30);
  ASSERT_TRUE(run_until(loop, [&] { return !bad.empty(); }));
  timer.stop();
  EXPECT_THAT(bad, ElementsAre(ErrorCode::kRequestTimeout));
  EXPECT_GT(sent, 2);
}

TEST_F(ServerTest, AClientThatTakesALittleSlowlyGetsAll) {
  options.body_timeout_ms = 100;
  listen();
  const std::string big(16 * 1024 * 1024, 'x');
  handle = [&](ServerExchange& exchange) { reply(exchange, big); };
  auto client = connect();
  client->send(kGet);
  std::size_t got = 0;
  Timer timer(loop, [&] { got += client->read_at_most(64 * 1024); });
  timer.start(10, 10);
  ASSERT_TRUE(run_until(loop, [&] { return got > big.size() || gone == 1; }));
  timer.stop();
  EXPECT_EQ(gone, 0);
  EXPECT_TRUE(run_until(loop, [&] { return ends == 1; }));
  EXPECT_EQ(loop.memory().used_bytes(), 0u);
}

TEST_F(ServerTest, InterimResponsesDoNotPileUpForAClientThatDoesNotRead) {
  listen();
  auto client = connect();
  client->send(kGet);
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1; }));
  const std::string link(8'000, 'a');
  const HeaderField field{"Link", link};
  constexpr int kSent = 4'000;
  for (int i = 0; i < kSent; ++i) {
    current->send_interim(103, {&field, 1});
    loop.run_ready();
  }
  reply(*current, "done");
  ASSERT_TRUE(client->wait_for("\r\n\r\ndone"));
  EXPECT_LT(client->received().size(), kSent * link.size() / 2);
}

TEST_F(ServerTest, AClientThatShutsItsSideGetsAnAnswerThatComesSoon) {
  listen();
  auto client = connect();
  client->send(kGet);
  client->shut_down();
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1; }));
  run_turns(loop);
  ASSERT_NE(current, nullptr);
  reply(*current, "answer");
  ASSERT_TRUE(client->wait_for_end());
  EXPECT_THAT(client->received(), EndsWith("answer"));
  EXPECT_EQ(gone, 0);
}

TEST_F(ServerTest, AClientThatClosedIsGoneWhenNothingIsSentToIt) {
  listen();
  auto client = connect();
  client->send(kGet);
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1; }));
  client->close();
  EXPECT_TRUE(run_until(loop, [&] { return gone == 1; }));
}

// With one more request always waiting, what is received ahead is never empty.
TEST_F(ServerTest, PipeliningWithoutEndTakesNoMemoryThatGrows) {
  listen();
  handle = [](ServerExchange& exchange) { reply(exchange, "x"); };
  auto client = connect();
  const std::string request =
      "GET /x HTTP/1.1\r\nHost: h\r\nX: " + std::string(4'000, 'a') + "\r\n\r\n";
  const std::string half = request.substr(request.size() / 2);
  client->send(request.substr(0, request.size() / 2));
  const std::size_t before = bytes_in_use();
  for (int i = 0; i < 10'000; ++i) {
    client->send(half);
    client->send(request.substr(0, request.size() / 2));
    client->received();
    client->clear();
  }
  ASSERT_TRUE(run_until(loop, [&] { return requests == 10'000; }));
  EXPECT_LT(bytes_in_use(), before + 16 * 1024 * 1024);
}

}  // namespace
}  // namespace brink::http::test
