#include "core/http/upstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/http/server_fixture.h"
#include "tests/unit/http/test_peer.h"

namespace brink::http::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What came of one request.
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

TEST_F(UpstreamTest, SendsARequestAndReadsTheAnswer) {
  Answer answer;
  auto request = get(answer);
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  EXPECT_EQ(peer->received(), "GET /t HTTP/1.1\r\nHost: origin\r\n\r\n");
  peer->send("HTTP/1.1 200 Fine\r\nContent-Length: 5\r\n\r\nhello");
  ASSERT_TRUE(finish(answer));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.reason, "Fine");
  EXPECT_EQ(answer.length.bytes, 5u);
  EXPECT_EQ(answer.collector.body, "hello");
  EXPECT_TRUE(answer.collector.ended);
}

TEST_F(UpstreamTest, LeavesOutAReasonThatMayNotBeWritten) {
  Answer answer;
  auto request = get(answer);
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  using namespace std::string_view_literals;
  peer->send("HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n"sv);
  ASSERT_TRUE(finish(answer));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.reason, "");
}

TEST_F(UpstreamTest, ResolvesNames) {
  Answer answer;
  auto request =
      pool->start({"localhost", origin.port()}, {.method = "GET", .target = "/"}, answer);
  auto peer = origin.accept();
  ASSERT_NE(peer, nullptr);
  peer->send("HTTP/1.1 204 No Content\r\n\r\n");
  ASSERT_TRUE(finish(answer));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.source, nullptr);
}

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

TEST_F(UpstreamTest, ReadsEveryKindOfFraming) {
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\n\r\nuntil close", true)->collector.body, "until close");
  const auto until_close = ask("HTTP/1.0 200\r\n\r\n", true);
  EXPECT_EQ(until_close->status, 200);
  EXPECT_TRUE(until_close->collector.ended);
  EXPECT_EQ(until_close->length.kind, BodyLength::Kind::kUnknown);
  make_pool();
  const auto head = ask("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false, "HEAD");
  EXPECT_EQ(head->source, nullptr);
  EXPECT_EQ(head->length.bytes, 5u);
  make_pool();
  const auto same = ask("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false);
  EXPECT_EQ(same->source, nullptr);
  make_pool();
  EXPECT_EQ(ask("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false)->source, nullptr);
}

TEST_F(UpstreamTest, PassesInterimResponsesButNot100) {
  const auto answer =
      ask("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
          false);
  EXPECT_THAT(answer->interim, ElementsAre(103));
  EXPECT_EQ(answer->collector.body, "ok");
}

TEST_F(UpstreamTest, RejectsResponsesThatCannotBeTrusted) {
  for (const char* text : {
           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk",
           "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nx",
           "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
           "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n",
           "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n",
           "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
           "HTTP/2.0 200 OK\r\n\r\n",
           "HTTP/1.1 20 OK\r\n\r\n",
           "RTSP/1.0 200 OK\r\n\r\n",
           "garbage\r\n\r\n",
           "SSH-2.0-OpenSSH\r\n",
       }) {
    make_pool();
    const auto answer = ask(text, false);
    ASSERT_TRUE(answer->error) << text;
    EXPECT_EQ(answer->error->code, ErrorCode::kOriginBadResponse) << text;
  }
}

TEST_F(UpstreamTest, ABodyThatBreaksOffIsAnError) {
  const auto short_body = ask("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", true);
  EXPECT_TRUE(short_body->collector.failed);
  EXPECT_EQ(short_body->collector.error.code, ErrorCode::kOriginClosed);
  const auto chunks = ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", true);
  EXPECT_EQ(chunks->collector.error.code, ErrorCode::kOriginClosed);
  const auto bad_chunk =
      ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokx\r\n", false);
  EXPECT_EQ(bad_chunk->collector.error.code, ErrorCode::kOriginBadResponse);
  EXPECT_EQ(bad_chunk->collector.body, "ok");
  const auto nothing = ask("", true);
  ASSERT_TRUE(nothing->error);
  EXPECT_EQ(nothing->error->code, ErrorCode::kOriginClosed);
  const auto half = ask("HTTP/1.1 200 OK\r\nConte", true);
  ASSERT_TRUE(half->error);
  EXPECT_EQ(half->error->code, ErrorCode::kOriginClosed);
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

TEST_F(UpstreamTest, SendsBodiesOfBothKinds) {
  Answer answer;
  auto request = get(answer, "POST", BodyLength::unknown());
  EXPECT_FALSE(request->body().write("abc"));  // no connection yet: queued
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("3\r\nabc\r\n"));
  EXPECT_THAT(peer->received(), HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(request->body().write("de"));
  request->body().end();
  ASSERT_TRUE(peer->wait_for("2\r\nde\r\n0\r\n\r\n"));
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(finish(answer));

  Answer second;
  auto known = get(second, "POST", BodyLength::known(4));
  known->body().write("ab");
  known->body().write("cd");
  known->body().end();
  ASSERT_TRUE(peer->wait_for("\r\n\r\nabcd"));
  EXPECT_THAT(peer->received(), HasSubstr("Content-Length: 4\r\n"));
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(finish(second));
  EXPECT_EQ(origin.try_accept(), nullptr);
}

TEST_F(UpstreamTest, TakesAnAnswerThatDoesNotWaitForTheBody) {
  Answer answer;
  WriterWatch watch;
  auto request = get(answer, "POST", BodyLength::known(1'000'000));
  request->body().set_observer(&watch);
  request->body().write("start");
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("start"));
  peer->send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
  ASSERT_TRUE(finish(answer));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.collector.body, "big");
  EXPECT_TRUE(watch.gone);
  EXPECT_TRUE(request->body().write("more goes nowhere"));
  EXPECT_TRUE(peer->wait_for_end());
}

TEST_F(UpstreamTest, TakesAnAnswerWhileTheBodyGoesOn) {
  Answer answer;
  answer.rest = true;
  auto request = get(answer, "POST", BodyLength::unknown());
  request->body().write("one");
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("one"));
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nech");
  ASSERT_TRUE(run_until(loop, [&] { return answer.source != nullptr; }));
  request->body().write("two");
  ASSERT_TRUE(peer->wait_for("two"));
  request->body().end();
  ASSERT_TRUE(peer->wait_for("0\r\n\r\n"));
  answer.source->set_receiver(&answer.collector);
  answer.source->resume();
  peer->send("oed");
  ASSERT_TRUE(finish(answer));
  EXPECT_EQ(answer.collector.body, "echoed");
}

TEST_F(UpstreamTest, AnAbortedBodyClosesTheConnection) {
  Answer answer;
  auto request = get(answer, "POST", BodyLength::unknown());
  request->body().write("one");
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("one"));
  request->body().abort();
  EXPECT_TRUE(peer->wait_for_end());
  EXPECT_TRUE(finish(answer));
}

TEST_F(UpstreamTest, DestroyingTheRequestCancelsIt) {
  Answer answer;
  {
    auto early = get(answer);  // not even connected
  }
  auto peer_of_early = origin.try_accept();
  auto request = get(answer);
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n") || peer->ended());
  request.reset();
  EXPECT_TRUE(peer->wait_for_end());
  run_turns(loop);
  EXPECT_FALSE(answer.done());
}

TEST_F(UpstreamTest, MayBeDestroyedWithinEachOfItsCalls) {
  // Within on_response, with and without a body; the connection without one is kept.
  for (const char* text : {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                           "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
    make_pool();
    Answer answer;
    answer.rest = true;
    auto request = get(answer);
    answer.when_response = [&] { request.reset(); };
    auto peer = origin.accept();
    peer->wait_for("\r\n\r\n");
    peer->send(text);
    ASSERT_TRUE(run_until(loop, [&] { return request == nullptr; }));
    run_turns(loop);
  }
  // Within the body's data.
  make_pool();
  Answer answer;
  auto request = get(answer);
  answer.collector.on_data = [&](std::string_view) { request.reset(); };
  auto peer = origin.accept();
  peer->wait_for("\r\n\r\n");
  peer->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n");
  ASSERT_TRUE(peer->wait_for_end());
  EXPECT_EQ(answer.collector.body, "a");
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

TEST_F(UpstreamTest, PausesWithBackPressure) {
  Answer answer;
  answer.rest = true;
  auto request = get(answer);
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
  ASSERT_TRUE(run_until(loop, [&] { return answer.source != nullptr; }));
  const std::string block(64 * 1024, 'b');
  std::size_t taken = 0;
  for (int i = 0; i < 2000; ++i) {
    taken += peer->send_some(block);
    run_turns(loop, 1);
  }
  EXPECT_LT(taken, 60u * 1024 * 1024);
  // Pausing within the data stops it at once.
  answer.collector.keep = false;
  answer.collector.on_data = [&](std::string_view) { answer.source->pause(); };
  answer.source->set_receiver(&answer.collector);
  answer.source->resume();
  ASSERT_TRUE(run_until(loop, [&] { return answer.collector.size > 0; }));
  const std::uint64_t size = answer.collector.size;
  run_turns(loop);
  EXPECT_EQ(answer.collector.size, size);
}

TEST_F(UpstreamTest, SaysWhatIsWrongWithAnOrigin) {
  Answer refused;
  std::uint16_t port = 0;
  {
    const Listener gone(loop);
    port = gone.port();
  }
  auto request = pool->start({"127.0.0.1", port}, {.method = "GET", .target = "/"}, refused);
  EXPECT_FALSE(refused.error) << "told before start() returned";
  ASSERT_TRUE(finish(refused));
  EXPECT_EQ(refused.error->code, ErrorCode::kOriginUnreachable);
  EXPECT_THAT(refused.error->message, HasSubstr("connection refused"));

  Answer unknown;
  auto other = pool->start({"no-such-host.invalid", 80}, {.method = "GET", .target = "/"}, unknown);
  ASSERT_TRUE(finish(unknown));
  EXPECT_EQ(unknown.error->code, ErrorCode::kOriginUnreachable);

  Answer too_long;
  auto third = pool->start({std::string(300, 'a'), 80}, {.method = "GET", .target = "/"}, too_long);
  ASSERT_TRUE(finish(too_long));
  EXPECT_EQ(too_long.error->code, ErrorCode::kOriginUnreachable);
}

TEST_F(UpstreamTest, RefusesARequestLineThatWouldSplit) {
  for (const RequestToSend& head : {RequestToSend{.method = "GET", .target = "/ HTTP/1.1\r\nX: y"},
                                    RequestToSend{.method = "GE T", .target = "/"},
                                    RequestToSend{.method = "GET", .target = ""}}) {
    Answer answer;
    auto request = pool->start({"127.0.0.1", origin.port()}, head, answer);
    EXPECT_FALSE(answer.error);
    ASSERT_TRUE(finish(answer));
    EXPECT_TRUE(answer.error);
  }
  EXPECT_EQ(origin.try_accept(), nullptr);
}

TEST_F(UpstreamTest, TimesOut) {
  options.response_timeout_ms = 40;
  options.body_timeout_ms = 40;
  options.idle_timeout_ms = 40;
  make_pool();
  Answer silent;
  auto request = get(silent);
  auto peer = origin.accept();
  ASSERT_TRUE(finish(silent));
  EXPECT_EQ(silent.error->code, ErrorCode::kOriginTimeout);

  Answer stalled;
  auto second = get(stalled);
  auto slow = origin.accept();
  slow->send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok");
  ASSERT_TRUE(finish(stalled));
  EXPECT_EQ(stalled.collector.error.code, ErrorCode::kOriginTimeout);

  Answer fine;
  auto third = get(fine);
  auto idle = origin.accept();
  idle->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_TRUE(finish(fine));
  EXPECT_TRUE(idle->wait_for_end());
}

TEST_F(UpstreamTest, ASlowRequestBodyIsNotTheOriginsFault) {
  options.response_timeout_ms = 40;
  options.body_timeout_ms = 40;
  make_pool();
  Answer answer;
  auto request = get(answer, "POST", BodyLength::unknown());
  auto peer = origin.accept();
  run_turns(loop, 300);
  EXPECT_FALSE(answer.done());
  request->body().end();
  ASSERT_TRUE(finish(answer));
  EXPECT_EQ(answer.error->code, ErrorCode::kOriginTimeout);
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

TEST_F(UpstreamTest, DestroyedPoolLeavesRequestsSilent) {
  Answer answer;
  auto request = get(answer);
  auto peer = origin.accept();
  pool.reset();
  request->body().write("nowhere");
  request.reset();
  EXPECT_TRUE(peer->wait_for_end());
  EXPECT_FALSE(answer.done());
}

}  // namespace
}  // namespace brink::http::test
