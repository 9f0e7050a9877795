#include "core/loop/socket_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace brink {
namespace {

using ::testing::ElementsAre;

/// Two connected sockets: the batch has one, the test the other.
class Pair {
 public:
  Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()), 0); }
  ~Pair() {
    for (const int end : ends_) ::close(end);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  int batch_end() const { return ends_[0]; }
  std::string read_peer() const {
    std::array<char, 64> bytes;
    const ssize_t size = ::read(ends_[1], bytes.data(), bytes.size());
    return {bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }
  void write_peer(std::string_view text) const {
    EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void shut_down_peer() const { ::shutdown(ends_[1], SHUT_RDWR); }
  void fill() const {
    const std::string block(64 * 1024, 'x');
    while (::send(ends_[0], block.data(), block.size(), MSG_DONTWAIT) > 0) {
    }
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

struct Sender final : Pair, SocketBatch::Sender {
  explicit Sender(std::string bytes = "hello") : text(std::move(bytes)) {}
  int descriptor() const override { return batch_end(); }
  std::string_view to_send() const override { return text; }
  void on_sent(int taken) override { result = taken; }

  std::string text;
  std::optional<int> result;
};

struct Receiver final : Pair, SocketBatch::Receiver {
  int descriptor() const override { return batch_end(); }
  std::size_t read_limit() const override { return limit; }
  void on_received(int size, const char* bytes) override {
    result = size;
    if (size > 0) text.append(bytes, static_cast<std::size_t>(size));
    if (then) then();
  }

  std::size_t limit = 1024;
  std::string text;
  std::optional<int> result;
  std::function<void()> then;
};

class SocketBatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!batch_.usable()) GTEST_SKIP() << "no io_uring for this process";
  }

  SocketBatch batch_;
};

TEST_F(SocketBatchTest, SendsForAllThatHaveSomething) {
  Sender one("one");
  Sender none("");
  Sender other("other");
  for (Sender* sender : {&one, &none, &other}) batch_.add(*sender);
  batch_.send();
  EXPECT_EQ(one.result, 3);
  EXPECT_EQ(one.read_peer(), "one");
  EXPECT_EQ(other.result, 5);
  EXPECT_EQ(other.read_peer(), "other");
  EXPECT_FALSE(none.result);
}

TEST_F(SocketBatchTest, LeavesOneThatSendsAloneToItself) {
  Sender one;
  Sender none("");
  batch_.add(one);
  batch_.add(none);
  batch_.send();
  EXPECT_FALSE(one.result);
  EXPECT_EQ(one.read_peer(), "");
}

TEST_F(SocketBatchTest, AsksOnceForEachTimeThatOneIsAdded) {
  Sender one;
  Sender other;
  for (int i = 0; i < 3; ++i) batch_.add(one);
  batch_.add(other);
  batch_.send();
  EXPECT_EQ(one.read_peer(), "hello");
  one.result.reset();
  batch_.send();
  EXPECT_FALSE(one.result);
  batch_.add(one);
  batch_.add(other);
  batch_.send();
  EXPECT_EQ(one.result, 5);
}

TEST_F(SocketBatchTest, SaysWhatFailedAndSendsTheOthers) {
  std::signal(SIGPIPE, SIG_DFL);  // it must not be raised
  Sender gone;
  gone.shut_down_peer();
  Sender full;
  full.fill();
  Sender good;
  for (Sender* sender : {&gone, &full, &good}) batch_.add(*sender);
  batch_.send();
  EXPECT_EQ(gone.result, -EPIPE);
  EXPECT_EQ(full.result, -EAGAIN);
  EXPECT_EQ(good.result, 5);
}

TEST_F(SocketBatchTest, ForgetsASenderThatIsRemoved) {
  Sender one;
  Sender other;
  {
    Sender dies;
    for (Sender* sender : {&one, &dies, &other}) batch_.add(*sender);
    batch_.remove(dies);
  }
  batch_.send();
  EXPECT_EQ(one.result, 5);
  EXPECT_EQ(other.result, 5);
}

TEST_F(SocketBatchTest, ReceivesForAllOrForOneAlone) {
  for (const int count : {1, 2, 300}) {
    std::vector<std::unique_ptr<Receiver>> all;
    for (int i = 0; i < count; ++i) {
      all.push_back(std::make_unique<Receiver>());
      all.back()->write_peer(std::to_string(i));
      batch_.add(*all.back());
      batch_.add(*all.back());
    }
    batch_.receive();
    for (int i = 0; i < count; ++i) EXPECT_EQ(all[i]->text, std::to_string(i)) << count;
  }
}

TEST_F(SocketBatchTest, SendsMoreThanFitIntoOneRing) {
  std::vector<std::unique_ptr<Sender>> all;
  for (int i = 0; i < 300; ++i) {
    all.push_back(std::make_unique<Sender>(std::to_string(i)));
    batch_.add(*all.back());
  }
  batch_.send();
  for (int i = 0; i < 300; ++i) EXPECT_EQ(all[i]->read_peer(), std::to_string(i));
}

TEST_F(SocketBatchTest, TakesNoMoreThanAReceiverWants) {
  Receiver some;
  Receiver none;
  Receiver other;
  some.limit = 3;
  none.limit = 0;
  for (Receiver* receiver : {&some, &none, &other}) {
    receiver->write_peer("abcde");
    batch_.add(*receiver);
  }
  batch_.receive();
  EXPECT_EQ(some.text, "abc");
  EXPECT_FALSE(none.result);
  EXPECT_EQ(other.text, "abcde");
  none.limit = 9;
  batch_.add(some);
  batch_.add(none);
  batch_.receive();
  EXPECT_EQ(some.text, "abcde");
  EXPECT_EQ(none.text, "abcde");
}

TEST_F(SocketBatchTest, TellsTheEndAndThatNothingCame) {
  for (const bool alone : {false, true}) {
    Receiver ended;
    Receiver quiet;
    ended.shut_down_peer();
    batch_.add(ended);
    if (alone) batch_.receive();
    batch_.add(quiet);
    batch_.receive();
    EXPECT_EQ(ended.result, 0);
    EXPECT_EQ(quiet.result, -EAGAIN);
  }
}

TEST_F(SocketBatchTest, AReceiverMayEndAnotherAndAddItself) {
  std::vector<std::string> heard;
  auto victim = std::make_unique<Receiver>();
  Receiver killer;
  Receiver again;
  killer.then = [&] {
    heard.emplace_back("killer");
    batch_.remove(*victim);
    victim.reset();
  };
  again.limit = 1;
  again.then = [&] {
    heard.emplace_back(again.text);
    if (again.text.size() < 2) batch_.add(again);
  };
  victim->then = [&] { heard.emplace_back("victim"); };
  for (Receiver* receiver : {&killer, victim.get(), &again}) {
    receiver->write_peer("ab");
    batch_.add(*receiver);
  }
  batch_.receive();
  EXPECT_THAT(heard, ElementsAre("killer", "a", "ab"));
}

}  // namespace
}  // namespace brink
