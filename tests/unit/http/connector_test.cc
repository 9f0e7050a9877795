#include "core/http/connector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/http/address_policy.h"
#include "core/http/resolver.h"
#include "core/http/upstream.h"
#include "tests/unit/http/test_peer.h"

namespace brink::http::test {
namespace {

using ::testing::ElementsAre;

sockaddr_storage socket_address(const char* text) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
    storage.ss_family = AF_INET;
  else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
    storage.ss_family = AF_INET6;
  return storage;
}

/// A name server that gives the next of its answers each time it is asked.
class FakeResolver : public Resolver {
 public:
  explicit FakeResolver(EventLoop& loop) : loop_(loop) {}

  std::unique_ptr<Lookup> resolve(const std::string& host, Done done) override {
    questions.push_back(host);
    const std::vector<const char*> texts = answers.at(questions.size() - 1);
    auto lookup = std::make_unique<FakeLookup>();
    loop_.defer([alive = std::weak_ptr(lookup->alive), done = std::move(done), texts] {
      if (alive.expired()) return;
      std::vector<sockaddr_storage> addresses;
      for (const char* text : texts) addresses.push_back(socket_address(text));
      done(0, std::move(addresses));
    });
    return lookup;
  }

  std::vector<std::vector<const char*>> answers;
  std::vector<std::string> questions;

 private:
  struct FakeLookup : Lookup {
    std::shared_ptr<int> alive = std::make_shared<int>();
  };
  EventLoop& loop_;
};

/// Forbids the addresses of its list.
class FakePolicy : public AddressPolicy {
 public:
  Result<void> check_target(const Authority& target) const override {
    if (target.host == "denied.example") return fail(ErrorCode::kFetchForbidden, "the name");
    return {};
  }
  Result<void> check_address(const Authority&, const IpAddress& address) const override {
    asked.push_back(address.text());
    for (const std::string& text : forbidden) {
      if (address.unmapped().text() == text) return fail(ErrorCode::kFetchForbidden, text);
    }
    return {};
  }
  std::vector<std::string> forbidden;
  mutable std::vector<std::string> asked;
};

class ConnectorTest : public ::testing::Test, public ConnectorEvents {
 public:
  void on_connected(SocketPtr made) override { socket = std::move(made); }
  void on_connect_failed(const Error& broken) override { error = broken; }

  // "connected", or the name of the error and its message.
  std::string connect(const std::string& host) {
    socket.reset();
    error.reset();
    ConnectorEvents& events = *this;
    Connector connector(loop, resolver, &policy, events);
    connector.start({host, listener.port()});
    EXPECT_TRUE(run_until(loop, [&] { return socket != nullptr || error.has_value(); }));
    if (!error) return "connected";
    return std::string(error_info(error->code).name) + ": " + error->message;
  }

  EventLoop loop;
  Listener listener{loop};
  FakeResolver resolver{loop};
  FakePolicy policy;
  SocketPtr socket;
  std::optional<Error> error;
};

TEST_F(ConnectorTest, AsksForEachAddressAndTakesAnAllowedOne) {
  policy.forbidden = {"10.0.0.1", "10.0.0.2"};
  resolver.answers = {{"10.0.0.1", "::ffff:10.0.0.2", "127.0.0.1"}};
  EXPECT_EQ(connect("mixed.example"), "connected");
  EXPECT_THAT(policy.asked, ElementsAre("10.0.0.1", "::ffff:10.0.0.2", "127.0.0.1"));
  EXPECT_NE(listener.try_accept(), nullptr);
}

TEST_F(ConnectorTest, NoAddressLeftIsTheFirstRefusal) {
  policy.forbidden = {"10.0.0.1", "127.0.0.1"};
  resolver.answers = {{"10.0.0.1", "127.0.0.1"}};
  EXPECT_EQ(connect("inside.example"), "BRINK_FETCH_FORBIDDEN: 10.0.0.1");
  EXPECT_EQ(listener.try_accept(), nullptr);
}

TEST_F(ConnectorTest, ARefusalIsNotAnAnswerWhenAnAllowedAddressFails) {
  policy.forbidden = {"10.0.0.1"};
  resolver.answers = {{"10.0.0.1", "127.0.0.2"}};  // nobody listens there
  EXPECT_THAT(connect("half.example"), ::testing::StartsWith("BRINK_ORIGIN_UNREACHABLE: "));
}

TEST_F(ConnectorTest, NumericAddressesAreAskedForToo) {
  policy.forbidden = {"127.0.0.1"};
  EXPECT_EQ(connect("127.0.0.1"), "BRINK_FETCH_FORBIDDEN: 127.0.0.1");
  EXPECT_EQ(connect("::ffff:7f00:1"), "BRINK_FETCH_FORBIDDEN: 127.0.0.1");
  EXPECT_EQ(listener.try_accept(), nullptr);
  EXPECT_TRUE(resolver.questions.empty());
}

TEST_F(ConnectorTest, ADeniedNameIsNotResolved) {
  EXPECT_EQ(connect("denied.example"), "BRINK_FETCH_FORBIDDEN: the name");
  EXPECT_TRUE(resolver.questions.empty());
}

// The name server answers with a harmless address when the policy looks, and with a forbidden one
// to whoever asks again.
TEST_F(ConnectorTest, ResolvesOnceSoThatRebindingHasNoSecondAnswer) {
  policy.forbidden = {"127.0.0.1"};
  resolver.answers = {{"127.0.0.2"}, {"127.0.0.1"}};
  EXPECT_THAT(connect("rebinding.example"), ::testing::StartsWith("BRINK_ORIGIN_UNREACHABLE: "));
  EXPECT_EQ(resolver.questions.size(), 1u);
  EXPECT_EQ(listener.try_accept(), nullptr);

  // A later connection resolves again, and is checked again.
  EXPECT_EQ(connect("rebinding.example"), "BRINK_FETCH_FORBIDDEN: 127.0.0.1");
  EXPECT_EQ(resolver.questions.size(), 2u);
  EXPECT_EQ(listener.try_accept(), nullptr);
}

TEST_F(ConnectorTest, CancellingEndsTheLookup) {
  resolver.answers = {{"127.0.0.1"}};
  {
    ConnectorEvents& events = *this;
    Connector connector(loop, resolver, &policy, events);
    connector.start({"late.example", listener.port()});
  }
  run_turns(loop);
  EXPECT_EQ(socket, nullptr);
  EXPECT_FALSE(error.has_value());
  EXPECT_EQ(listener.try_accept(), nullptr);
}

TEST_F(ConnectorTest, ANameThatIsTooLongFails) {
  const std::unique_ptr<Resolver> system = Resolver::system(loop);
  ConnectorEvents& events = *this;
  Connector connector(loop, *system, nullptr, events);
  connector.start({std::string(300, 'a'), 80});
  ASSERT_TRUE(run_until(loop, [&] { return error.has_value(); }));
  EXPECT_EQ(error->code, ErrorCode::kOriginUnreachable);
}

}  // namespace
}  // namespace brink::http::test
