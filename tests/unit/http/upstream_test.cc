#include "core/http/upstream.h"

#include <gmock/gmock.h>

#include "core/loop/timer.h"
#include "tests/unit/http/upstream_fixture.h"

namespace brink::http::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

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

TEST_F(UpstreamTest, TakesFewInterimResponses) {
  const std::string hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  std::string eight;
  for (int i = 0; i < 8; ++i) eight += hint;
  const auto fine = ask(eight + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true);
  EXPECT_EQ(fine->interim.size(), 8u);
  EXPECT_EQ(fine->collector.body, "ok");

  Answer flooded;
  auto request = get(flooded);
  auto peer = origin.accept();
  peer->send(eight + hint);
  ASSERT_TRUE(finish(flooded));
  EXPECT_EQ(flooded.error->code, ErrorCode::kOriginBadResponse);
  EXPECT_TRUE(peer->wait_for_end());
}

TEST_F(UpstreamTest, InterimResponsesTogetherMayHaveTheBytesOfOneHead) {
  options.max_head_bytes = 4'096;
  make_pool();
  const std::string hint =
      "HTTP/1.1 103 Early Hints\r\nLink: </" + std::string(1'500, 'a') + ">\r\n\r\n";
  const auto answer = ask(hint + hint + hint, false);
  EXPECT_EQ(answer->error->code, ErrorCode::kOriginBadResponse);
  EXPECT_EQ(answer->interim.size(), 2u);
}

TEST_F(UpstreamTest, AConnectionListHasABound) {
  std::string list = "a0";
  for (int i = 1; i < 17; ++i) list += ",a" + std::to_string(i);
  const auto answer = ask("HTTP/1.1 200 OK\r\nConnection: " + list + "\r\n\r\n", true);
  EXPECT_EQ(answer->error->code, ErrorCode::kOriginBadResponse);
}

TEST_F(UpstreamTest, ASlowButSteadyBodyIsNotCut) {
  options.body_timeout_ms = 200;
  make_pool();
  Answer answer;
  auto request = get(answer);
  auto peer = origin.accept();
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n");
  int sent = 0;
  Timer timer(loop, [&] { peer->send("x"), ++sent; });
  timer.start(30, 30);
  ASSERT_TRUE(run_until(loop, [&] { return sent == 20 || answer.done(); }));
  timer.stop();
  ASSERT_TRUE(finish(answer));
  EXPECT_TRUE(answer.collector.ended);
  EXPECT_EQ(answer.collector.size, 20u);
}

}  // namespace
}  // namespace brink::http::test
