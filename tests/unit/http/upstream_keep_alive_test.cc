#include "tests/unit/http/upstream_fixture.h"

namespace brink::http::test {
namespace {

TEST_F(UpstreamTest, UsesAConnectionAgain) {
  std::unique_ptr<Peer> peer;
  for (int i = 0; i < 3; ++i) {
    Answer answer;
    auto request = get(answer);
    if (i == 0) peer = origin.accept();
    ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
    peer->clear();
    peer->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    ASSERT_TRUE(finish(answer));
    EXPECT_EQ(answer.collector.body, "ok");
  }
  EXPECT_EQ(origin.try_accept(), nullptr);
}

TEST_F(UpstreamTest, TheNextRequestMayStartWithinTheEndOfTheLast) {
  Answer first;
  Answer second;
  std::unique_ptr<UpstreamRequest> second_request;
  auto first_request = get(first);
  first.collector.on_end = [&] {
    first_request.reset();
    second_request = get(second);
  };
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  peer->clear();
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_TRUE(finish(first));
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok2");
  ASSERT_TRUE(finish(second));
  EXPECT_EQ(second.collector.body, "ok2");
  EXPECT_EQ(origin.try_accept(), nullptr);
}

TEST_F(UpstreamTest, DoesNotKeepWhatCannotBeKept) {
  for (const char* text : {
           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
           "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n",
       }) {
    Answer answer;
    auto request = get(answer);
    auto peer = origin.accept();
    ASSERT_NE(peer, nullptr) << text;
    ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
    peer->send(text);
    ASSERT_TRUE(finish(answer));
    EXPECT_EQ(answer.collector.body, "ok");
    EXPECT_TRUE(peer->wait_for_end()) << text;
  }
}

TEST_F(UpstreamTest, RepeatsASafeRequestWhoseKeptConnectionWasDead) {
  ask("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false);  // the peer closes as it dies
  make_pool();
  Answer first;
  auto request = get(first);
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_TRUE(finish(first));
  // Closed, but the loop has not run since: the pool can't know yet.
  peer->close();
  Answer second;
  auto again = get(second);
  auto fresh = origin.accept();
  ASSERT_NE(fresh, nullptr);
  ASSERT_TRUE(fresh->wait_for("GET /t HTTP/1.1\r\nHost: origin\r\n\r\n"));
  fresh->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain");
  ASSERT_TRUE(finish(second));
  EXPECT_FALSE(second.error);
  EXPECT_EQ(second.collector.body, "again");
}

TEST_F(UpstreamTest, RepeatsOnlyOnce) {
  Answer first;
  auto request = get(first);
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_TRUE(finish(first));
  peer->close();
  Answer second;
  auto again = get(second);
  origin.accept()->close();
  ASSERT_TRUE(finish(second));
  ASSERT_TRUE(second.error);
  EXPECT_EQ(second.error->code, ErrorCode::kOriginClosed);
}

TEST_F(UpstreamTest, LooksAtAKeptConnectionBeforeARequestThatCannotBeRepeated) {
  Answer first;
  auto request = get(first);
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_TRUE(finish(first));
  peer->close();
  Answer second;
  auto post = get(second, "POST", BodyLength::known(2));
  post->body().write("hi");
  post->body().end();
  auto fresh = origin.accept();
  ASSERT_NE(fresh, nullptr);
  ASSERT_TRUE(fresh->wait_for("\r\n\r\nhi"));
  fresh->send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(finish(second));
  EXPECT_EQ(second.status, 201);
}

TEST_F(UpstreamTest, DropsAKeptConnectionThatSpeaksOrCloses) {
  Answer first;
  auto request = get(first);
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_TRUE(finish(first));
  run_turns(loop);
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  EXPECT_TRUE(peer->wait_for_end());
  Answer second;
  auto again = get(second);
  auto fresh = origin.accept();
  ASSERT_NE(fresh, nullptr);
}

TEST_F(UpstreamTest, ReadsAShortDiscardedBodyAwayAndKeepsTheConnection) {
  Answer answer;
  answer.rest = true;
  auto request = get(answer);
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  answer.when_response = [&] { answer.source->discard(); };
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
  run_turns(loop);
  peer->send("llo");
  run_turns(loop);
  Answer second;
  auto again = get(second);
  EXPECT_TRUE(run_until(loop, [&] { return peer->received().size() > 50; }));
  EXPECT_EQ(origin.try_accept(), nullptr);
}

TEST_F(UpstreamTest, ClosesForALongDiscardedBody) {
  Answer answer;
  answer.rest = true;
  auto request = get(answer);
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  answer.when_response = [&] { answer.source->discard(); };
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\nhe");
  EXPECT_TRUE(peer->wait_for_end());
}

TEST_F(UpstreamTest, KeepsNoMoreThanItMay) {
  options.max_idle_per_authority = 2;
  make_pool();
  std::vector<std::unique_ptr<Answer>> answers;
  std::vector<std::unique_ptr<UpstreamRequest>> requests;
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 4; ++i) {
    answers.push_back(std::make_unique<Answer>());
    requests.push_back(get(*answers.back()));
    peers.push_back(origin.accept());
  }
  for (auto& peer : peers) peer->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(run_until(loop, [&] {
    int open = 0;
    for (auto& peer : peers) {
      peer->received();
      open += peer->ended() ? 0 : 1;
    }
    return open == 2;
  }));
  pool->close_idle();
  for (auto& peer : peers) EXPECT_TRUE(peer->wait_for_end());
}

// The origin has read the request, so it may have acted on it.
TEST_F(UpstreamTest, AnUnsafeRequestIsNeverSentTwice) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH"}) {
    make_pool();
    Answer first;
    auto request = get(first);
    auto peer = origin.accept();
    ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
    peer->clear();
    peer->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    ASSERT_TRUE(finish(first));
    Answer second;
    auto unsafe = get(second, method, BodyLength::known(0));
    ASSERT_TRUE(peer->wait_for("\r\n\r\n")) << method;
    peer->close();
    ASSERT_TRUE(finish(second));
    ASSERT_TRUE(second.error.has_value()) << method;
    EXPECT_EQ(second.error->code, ErrorCode::kOriginClosed) << method;
    run_turns(loop);
    EXPECT_EQ(origin.try_accept(), nullptr) << method;
  }
}

}  // namespace
}  // namespace brink::http::test
