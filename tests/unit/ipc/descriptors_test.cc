#include "core/ipc/descriptors.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace brink::ipc {
namespace {

class ControlTest : public ::testing::Test {
 protected:
  ControlTest() {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()),
              0);
    front_.reset(pair[0]);
    zygote_.reset(pair[1]);
  }
  Fd front_;
  Fd zygote_;
};

TEST_F(ControlTest, DescriptorsTravelWithTheirMessage) {
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(::pipe(pipe_ends.data()), 0);
  const Fd reader(pipe_ends[0]);
  Fd writer(pipe_ends[1]);
  const int sent[] = {writer.get()};
  ASSERT_TRUE(send_control(front_.get(), {ControlMessage::Kind::kSpawn, 7, 8}, sent));
  writer.reset();
  auto received = receive_control(zygote_.get());
  ASSERT_TRUE(received);
  EXPECT_EQ(received->message.kind, ControlMessage::Kind::kSpawn);
  EXPECT_EQ(received->message.pid, 7);
  EXPECT_EQ(received->message.status, 8);
  ASSERT_EQ(received->fds.size(), 1u);
  ASSERT_EQ(::write(received->fds[0].get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(reader.get(), &byte, 1), 1);
}

TEST_F(ControlTest, NothingThereAndPeerGoneAreTold) {
  auto received = receive_control(zygote_.get());
  ASSERT_FALSE(received);
  EXPECT_TRUE(received.error().message.empty());
  front_.reset();
  received = receive_control(zygote_.get());
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::kClientGone);
  EXPECT_FALSE(send_control(zygote_.get(), {}, {})) << "an error, not SIGPIPE";
}

TEST_F(ControlTest, AMessageOfTheWrongSizeIsRefused) {
  ASSERT_EQ(::send(front_.get(), "x", 1, 0), 1);
  const auto received = receive_control(zygote_.get());
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, ErrorCode::kSystem);
}

TEST_F(ControlTest, TooManyDescriptorsAreRefused) {
  const std::array<int, 5> fds = {0, 0, 0, 0, 0};
  EXPECT_FALSE(send_control(front_.get(), {}, fds));
}

TEST(Fd, ClosesWhatItOwnsOnce) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  Fd a(ends[0]);
  Fd b(ends[1]);
  b = std::move(a);  // closes the writing end
  EXPECT_EQ(b.get(), ends[0]);
  char byte = 0;
  EXPECT_EQ(::read(b.get(), &byte, 1), 0) << "no writer is left";
  EXPECT_EQ(b.release(), ends[0]);
  EXPECT_FALSE(b);
  ::close(ends[0]);
}

}  // namespace
}  // namespace brink::ipc
