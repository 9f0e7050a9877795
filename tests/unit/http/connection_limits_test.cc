// How many connections and descriptors clients may have.
#include <gmock/gmock.h>

#include "core/http/connection_counts.h"
#include "core/http/descriptor_budget.h"
#include "tests/unit/http/server_fixture.h"
#include "tests/unit/http/upstream_fixture.h"

namespace brink::http::test {
namespace {

using Shortage = DescriptorBudget::Shortage;

TEST(ConnectionCounts, OfIpv6ABlockOf64BitsIsOneClient) {
  ConnectionCounts counts(true);
  for (const char* ip : {"192.0.2.1", "2001:db8::1", "2001:db8::2:3", "2001:db8:0:1::1", ""})
    counts.add(ip);
  EXPECT_EQ(counts.all(), 5u);
  EXPECT_EQ(counts.of("192.0.2.1"), 1u);
  EXPECT_EQ(counts.of("192.0.2.2"), 0u);
  EXPECT_EQ(counts.of("2001:db8::ffff"), 2u);
  EXPECT_EQ(counts.of("2001:db8:0:1:2::"), 1u);
  EXPECT_EQ(counts.of(""), 0u);
  counts.remove("2001:db8::2:3");
  counts.remove("2001:db8::1");
  EXPECT_EQ(counts.of("2001:db8::1"), 0u);
  EXPECT_EQ(counts.all(), 3u);
}

class RefusalTest : public ServerTest {
 public:
  void on_connection_refused(const Error& error, bool idle) override {
    refused.push_back(error.code);
    closed_idle += idle ? 1 : 0;
  }
  std::vector<ErrorCode> refused;
  int closed_idle = 0;
};

TEST_F(RefusalTest, TheConnectionThatRestedLongestGivesWay) {
  options.max_connections = 2;
  listen();
  auto oldest = connect();
  ASSERT_TRUE(run_until(loop, [&] { return server->connection_count() == 1; }));
  auto busy = connect();
  busy->send(kGet);
  ASSERT_TRUE(run_until(loop, [&] { return requests == 1; }));
  auto third = connect();
  EXPECT_TRUE(oldest->wait_for_end());
  third->send(kGet);
  ASSERT_TRUE(run_until(loop, [&] { return requests == 2; }));
  auto fourth = connect();
  EXPECT_TRUE(fourth->wait_for_end());
  EXPECT_EQ(requests, 2);
  EXPECT_EQ(refused, (std::vector{ErrorCode::kConnectionLimit, ErrorCode::kConnectionLimit}));
  EXPECT_EQ(closed_idle, 1);
}

TEST_F(RefusalTest, AnAddressHasItsOwnBound) {
  options.max_connections_per_address = 1;
  listen();
  auto first = connect();
  ASSERT_TRUE(run_until(loop, [&] { return server->connection_count() == 1; }));
  auto second = connect();
  EXPECT_TRUE(second->wait_for_end());
  first->close();
  ASSERT_TRUE(run_until(loop, [&] { return server->connection_count() == 0; }));
  auto third = connect();
  third->send(kGet);
  EXPECT_TRUE(run_until(loop, [&] { return requests == 1; }));
}

/// 20 descriptors for sockets: clients leave 10 of them, origins 5.
class DescriptorTest : public UpstreamTest {
 protected:
  void TearDown() override { pool.reset(); }  // before the budget

  std::vector<Shortage> told;
  DescriptorBudget budget{loop, 40, 20, [this](Shortage shortage) { told.push_back(shortage); }};
};

TEST_F(DescriptorTest, OriginsMayHaveWhatClientsMayNot) {
  std::size_t& open = loop.open_sockets();
  open = 10;
  EXPECT_TRUE(budget.admit_client());
  open = 11;
  EXPECT_FALSE(budget.admit_client());
  EXPECT_TRUE(budget.admit_origin());
  open = 16;
  EXPECT_FALSE(budget.admit_origin());
  EXPECT_EQ(told, (std::vector{Shortage::kRefused, Shortage::kRefused}));
  open = 0;
}

TEST_F(DescriptorTest, AKeptConnectionGivesWay) {
  options.descriptors = &budget;
  make_pool();
  Answer answer;
  auto request = get(answer);
  auto peer = origin.accept();
  ASSERT_TRUE(peer->wait_for("\r\n\r\n"));
  peer->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_TRUE(finish(answer));
  loop.open_sockets() += 10;
  EXPECT_TRUE(budget.admit_client());
  EXPECT_TRUE(peer->wait_for_end());
  EXPECT_EQ(told, std::vector{Shortage::kIdleClosed});

  loop.open_sockets() += 10;
  Answer refused;
  auto second = get(refused);
  ASSERT_TRUE(finish(refused));
  EXPECT_EQ(refused.error->code, ErrorCode::kDescriptorLimit);
  loop.open_sockets() -= 20;
}

}  // namespace
}  // namespace brink::http::test
