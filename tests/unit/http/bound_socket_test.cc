#include "core/http/bound_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/http/listen_address.h"

namespace brink::http {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

ipc::Fd connect_to(const BoundSocket& socket) {
  const sockaddr_storage address = parse_listen_address(socket.address)->socket_address;
  ipc::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* where = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(fd.get(), where, sizeof(sockaddr_in)) != 0) fd.reset();
  return fd;
}

std::size_t accept_all(const BoundSocket& socket) {
  std::size_t count = 0;
  while (ipc::Fd(::accept4(socket.fd.get(), nullptr, nullptr, SOCK_CLOEXEC))) ++count;
  return count;
}

TEST(BoundSocket, HasTheRealPortAndRefusesUntilItListens) {
  const auto socket = bind_socket("127.0.0.1:0");
  ASSERT_TRUE(socket) << socket.error().message;
  EXPECT_THAT(socket->address, StartsWith("127.0.0.1:"));
  EXPECT_FALSE(socket->address.ends_with(":0"));
  EXPECT_FALSE(connect_to(*socket));
  EXPECT_EQ(errno, ECONNREFUSED);
}

TEST(BoundSocket, SeveralShareAPortAndTheConnections) {
  const auto sockets = bind_sockets("127.0.0.1:0", 2);
  ASSERT_TRUE(sockets) << sockets.error().message;
  ASSERT_EQ(sockets->size(), 2u);
  EXPECT_EQ(sockets->front().address, sockets->back().address);
  for (const BoundSocket& socket : *sockets) ASSERT_EQ(::listen(socket.fd.get(), 100), 0);
  std::vector<ipc::Fd> clients;
  for (int i = 0; i < 60; ++i) clients.push_back(connect_to(sockets->front()));
  const std::array counts = {accept_all(sockets->front()), accept_all(sockets->back())};
  EXPECT_EQ(counts[0] + counts[1], 60u);
  EXPECT_GT(counts[0], 5u);
  EXPECT_GT(counts[1], 5u);
}

// What Cells does with the socket of a cell that keeps dying.
TEST(BoundSocket, OneThatStopsListeningLeavesAllToTheOthersAndMayComeBack) {
  const auto sockets = bind_sockets("127.0.0.1:0", 2);
  ASSERT_TRUE(sockets) << sockets.error().message;
  const std::string address = sockets->front().address;
  for (const BoundSocket& socket : *sockets) ASSERT_EQ(::listen(socket.fd.get(), 100), 0);
  for (const BoundSocket& socket : *sockets) {
    ASSERT_EQ(::shutdown(socket.fd.get(), SHUT_RD), 0);
    std::vector<ipc::Fd> clients;
    for (int i = 0; i < 30; ++i) clients.push_back(connect_to(socket));
    for (const ipc::Fd& client : clients) EXPECT_TRUE(client);
    std::size_t accepted = 0;
    for (const BoundSocket& other : *sockets) accepted += accept_all(other);
    EXPECT_EQ(accepted, 30u);
    ASSERT_EQ(::listen(socket.fd.get(), 100), 0);
    EXPECT_EQ(sockets->front().address, address);
  }
}

TEST(BoundSocket, NobodyJoinsThePortOfSomebodyElse) {
  const auto first = bind_sockets("127.0.0.1:0", 2);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_EQ(::listen(first->front().fd.get(), 100), 0);
  const std::string address = first->front().address;
  for (const auto& error : {bind_sockets(address, 2).error(), bind_socket(address).error()}) {
    EXPECT_EQ(error.code, ErrorCode::kListen);
    EXPECT_THAT(error.message, HasSubstr(address));
    EXPECT_THAT(error.message, HasSubstr("already in use"));
  }
}

TEST(BoundSocket, AUnixSocketIsOneForAllAndItsFileIsTheFirsts) {
  const std::string path = ::testing::TempDir() + "bound-" + std::to_string(::getpid()) + ".sock";
  auto sockets = bind_sockets("unix:" + path, 2);
  ASSERT_TRUE(sockets) << sockets.error().message;
  EXPECT_EQ(sockets->front().file, path);
  EXPECT_EQ(sockets->back().file, "");
  EXPECT_EQ(sockets->back().address, "unix:" + path);
  EXPECT_EQ(::access(path.c_str(), F_OK), 0);
  sockets->front().remove_file();
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

/// A path in a folder of its own, which goes with the test.
class UnixPath : public ::testing::Test {
 protected:
  UnixPath() { std::filesystem::create_directory(folder_); }
  ~UnixPath() override { std::filesystem::remove_all(folder_); }
  /// What the folder holds.
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  const std::filesystem::path folder_ = ::testing::TempDir() + "unix-" + std::to_string(::getpid());
  const std::string path = folder_ / "brink.sock";
  const std::string address = "unix:" + path;
};

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(UnixPath, WhatIsNoSocketIsLeftAlone) {
  const auto refused = [&] {
    const auto socket = bind_socket(address);
    EXPECT_FALSE(socket);
    if (socket) return;
    EXPECT_EQ(socket.error().code, ErrorCode::kListen);
    EXPECT_THAT(socket.error().message, HasSubstr(path + " is a file and no socket"));
  };
  std::ofstream(path) << "precious";
  refused();
  EXPECT_EQ(content(path), "precious");
  std::filesystem::rename(path, folder_ / "target");
  std::filesystem::create_symlink(folder_ / "target", path);
  refused();
  EXPECT_EQ(content(folder_ / "target"), "precious");
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  refused();
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  refused();
  EXPECT_EQ(files(), 2u);
}

TEST_F(UnixPath, AStaleSocketIsReplacedAndALiveOneIsNot) {
  {
    const auto stale = bind_socket(address);
  }
  auto live = bind_socket(address);
  ASSERT_TRUE(live) << live.error().message;
  ASSERT_EQ(::listen(live->fd.get(), 1), 0);
  const auto second = bind_socket(address);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("already in use"));
  EXPECT_EQ(files(), 1u);
}

TEST_F(UnixPath, OnlyItsOwnFileIsRemovedAtTheEnd) {
  auto socket = bind_socket(address);
  ASSERT_TRUE(socket);
  std::filesystem::remove(path);
  std::ofstream(path) << "somebody else's";
  socket->remove_file();
  EXPECT_EQ(content(path), "somebody else's");

  std::filesystem::remove(path);
  auto first = bind_socket(address);
  auto second = bind_socket(address);  // nobody listens on the first
  ASSERT_TRUE(first && second);
  first->remove_file();
  EXPECT_EQ(files(), 1u) << "that of the second";
  second->remove_file();
  EXPECT_EQ(files(), 0u);
}

}  // namespace
}  // namespace brink::http
