// Server, pool and join together: the shape of a proxy, with bodies that no buffer could hold.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <memory>
#include <string>

#include "core/http/error_page.h"
#include "core/http/join.h"
#include "core/http/upstream.h"
#include "tests/unit/http/server_fixture.h"

namespace brink::http::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// Forwards every request to one origin.
class Forwarder : public RequestHandler {
 public:
  Forwarder(EventLoop& loop, std::uint16_t origin_port)
      : pool(UpstreamPool::create(loop, {})), port(origin_port) {}

  struct Forwarding : ServerExchangeObserver, UpstreamObserver {
    Forwarding(Forwarder& owner_of_this, ServerExchange& client)
        : owner(owner_of_this), exchange(&client) {
      exchange->set_observer(this);
      const RequestHead& head = exchange->request();
      append_end_to_end(head.headers, fields);
      request = owner.pool->start(
          {"127.0.0.1", owner.port},
          {.method = head.method, .target = head.target, .headers = fields, .body = head.body},
          *this);
      if (IncomingBody* body = exchange->request_body()) {
        upload = join(*body, request->body(), [](JoinOutcome, const Error*) {});
        upload->start();
      }
    }
    void on_client_gone(ServerExchange&) override { drop(); }
    void on_exchange_end(ServerExchange&, std::uint64_t) override { drop(); }
    void on_interim(std::uint16_t, HeaderSpan) override {}
    void on_response(const ResponseHead& head, IncomingBody* body) override {
      fields.clear();
      append_end_to_end(head.headers, fields);
      OutgoingBody& out =
          exchange->respond({.status = head.status, .headers = fields, .body = head.body});
      if (body == nullptr) return out.end();
      download = join(*body, out, [](JoinOutcome, const Error*) {});
      download->start();
    }
    void on_upstream_error(const Error& error) override {
      const ErrorPage page = make_error_page({error, "id"}, "");
      OutgoingBody& out =
          exchange->respond({.status = static_cast<std::uint16_t>(error_info(error.code).status),
                             .body = BodyLength::known(page.body.size())});
      out.write(page.body);
      out.end();
    }
    void drop() {
      upload.reset();
      download.reset();
      request.reset();
      owner.running.remove_if([this](const auto& entry) { return entry.get() == this; });
    }

    Forwarder& owner;
    ServerExchange* exchange;
    std::vector<HeaderField> fields;
    std::unique_ptr<UpstreamRequest> request;
    std::unique_ptr<BodyJoin> upload;
    std::unique_ptr<BodyJoin> download;
  };

  void on_request(ServerExchange& exchange) override {
    running.push_back(std::make_unique<Forwarding>(*this, exchange));
  }
  std::string on_bad_request(std::string_view, const Error&) override { return "bad"; }

  std::unique_ptr<UpstreamPool> pool;
  std::uint16_t port;
  std::list<std::unique_ptr<Forwarding>> running;
};

class FlowTest : public ::testing::Test {
 public:
  EventLoop loop;
  Listener origin{loop};
  Forwarder forwarder{loop, origin.port()};
  std::unique_ptr<Server> server = *Server::listen(loop, "127.0.0.1:0", {}, forwarder);
};

TEST_F(FlowTest, ForwardsManyRequestsOverKeptConnections) {
  auto client = Peer::connect(loop, server->address());
  std::unique_ptr<Peer> peer;
  for (int i = 0; i < 50; ++i) {
    const std::string body = std::string(static_cast<std::size_t>(i) * 997, 'x') + "!";
    client->send("POST /p HTTP/1.1\r\nHost: h\r\nX: 1\r\nContent-Length: " +
                 std::to_string(body.size()) + "\r\n\r\n" + body);
    if (peer == nullptr) peer = origin.accept();
    ASSERT_TRUE(peer->wait_for("!"));
    EXPECT_THAT(peer->received(), HasSubstr("X: 1\r\n"));
    peer->clear();
    peer->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n0\r\n\r\n");
    ASSERT_TRUE(client->wait_for("0\r\n\r\n"));
    EXPECT_THAT(client->received(), EndsWith("3\r\nyes\r\n0\r\n\r\n"));
    client->clear();
  }
  EXPECT_EQ(origin.try_accept(), nullptr);
}

// A gigabyte each way would take long under the sanitizers; the bound does not depend on it.
constexpr std::uint64_t kBodyBytes = 96ull * 1024 * 1024;
constexpr std::size_t kMemoryBound = 24 * 1024 * 1024;

// Moves `kBodyBytes` from one peer to the other while the receiver stalls now and then.
std::uint64_t move(EventLoop& loop, Peer& from, Peer& to) {
  const std::string block(256 * 1024, 'd');
  std::uint64_t sent = 0;
  std::uint64_t got = 0;
  int turn = 0;
  run_until(loop, [&] {
    while (sent < kBodyBytes) {
      const std::size_t size =
          static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), kBodyBytes - sent));
      const std::size_t taken = from.send_some(std::string_view(block).substr(0, size));
      sent += taken;
      if (taken < size) break;
    }
    if (++turn % 64 < 48) {
      got += to.received().size();
      to.clear();
    }
    return got >= kBodyBytes;
  });
  return got;
}

TEST_F(FlowTest, MemoryStaysFlatForALongDownload) {
  auto client = Peer::connect(loop, server->address());
  client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kBodyBytes) + "\r\n\r\n");
  ASSERT_TRUE(client->wait_for("\r\n\r\n"));
  client->clear();
  const std::size_t before = bytes_in_use();
  EXPECT_EQ(move(loop, *peer, *client), kBodyBytes);
  EXPECT_LT(bytes_in_use(), before + kMemoryBound);
}

TEST_F(FlowTest, MemoryStaysFlatForALongUpload) {
  auto client = Peer::connect(loop, server->address());
  client->send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kBodyBytes) +
               "\r\n\r\n");
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  peer->clear();
  const std::size_t before = bytes_in_use();
  EXPECT_EQ(move(loop, *client, *peer), kBodyBytes);
  EXPECT_LT(bytes_in_use(), before + kMemoryBound);
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_TRUE(client->wait_for("ok"));
}

TEST_F(FlowTest, AStalledClientStopsTheOrigin) {
  auto client = Peer::connect(loop, server->address());
  client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
  const std::string block(256 * 1024, 'd');
  std::size_t taken = 0;
  for (int i = 0; i < 1000; ++i) {
    taken += peer->send_some(block);
    run_turns(loop, 1);
  }
  // Four socket buffers and the high-water mark.
  EXPECT_LT(taken, 100u * 1024 * 1024);
}

TEST_F(FlowTest, AnOriginThatBreaksOffBreaksOffTheAnswer) {
  auto client = Peer::connect(loop, server->address());
  client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  peer->send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n");
  ASSERT_TRUE(client->wait_for("part"));
  peer->close();
  ASSERT_TRUE(client->wait_for_end());
  EXPECT_EQ(client->received().find("0\r\n\r\n"), std::string::npos);
  EXPECT_TRUE(forwarder.running.empty());
}

TEST_F(FlowTest, AClientThatLeavesEndsTheRequestToTheOrigin) {
  auto client = Peer::connect(loop, server->address());
  client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  client->close();
  EXPECT_TRUE(peer->wait_for_end());
  EXPECT_TRUE(forwarder.running.empty());
}

TEST_F(FlowTest, AnAnswerBeforeTheEndOfTheUploadArrives) {
  auto client = Peer::connect(loop, server->address());
  client->send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\nstart");
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("start"));
  peer->send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
  ASSERT_TRUE(client->wait_for("big"));
  EXPECT_TRUE(client->wait_for_end());
}

}  // namespace
}  // namespace brink::http::test
