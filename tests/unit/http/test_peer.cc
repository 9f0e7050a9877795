#include "tests/unit/http/test_peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#ifdef __SANITIZE_ADDRESS__
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();  // gcc has no header for it
#endif

namespace brink::http::test {

bool run_until(EventLoop& loop, const std::function<bool()>& done) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    // Without handles there is no turn; a deferred function makes one.
    loop.defer([] {});
    loop.run_ready();
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

std::size_t bytes_in_use() {
#ifdef __SANITIZE_ADDRESS__
  return __sanitizer_get_current_allocated_bytes();  // it keeps what was freed resident
#else
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
#endif
}

void run_turns(EventLoop& loop, int turns) {
  int left = turns;
  run_until(loop, [&] { return left-- == 0; });
}

Peer::~Peer() { close(); }

std::unique_ptr<Peer> Peer::connect(EventLoop& loop, const std::string& address) {
  sockaddr_storage target{};
  socklen_t size = 0;
  if (address.starts_with("unix:")) {
    auto* path = reinterpret_cast<sockaddr_un*>(&target);
    path->sun_family = AF_UNIX;
    std::strncpy(path->sun_path, address.c_str() + 5, sizeof(path->sun_path) - 1);
    size = sizeof(sockaddr_un);
  } else {
    auto* ip = reinterpret_cast<sockaddr_in*>(&target);
    const std::size_t colon = address.rfind(':');
    ip->sin_family = AF_INET;
    ip->sin_port = htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1)));
    inet_pton(AF_INET, address.substr(0, colon).c_str(), &ip->sin_addr);
    size = sizeof(sockaddr_in);
  }
  const int fd = ::socket(target.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&target), size) != 0) std::abort();
  return std::make_unique<Peer>(loop, fd);
}

std::size_t Peer::send_some(std::string_view bytes) {
  const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

void Peer::send(std::string_view bytes) {
  run_until(loop_, [&] {
    bytes.remove_prefix(send_some(bytes));
    return bytes.empty();
  });
}

void Peer::read_some() {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size > 0) {
      received_.append(buffer.data(), static_cast<std::size_t>(size));
      continue;
    }
    if (size == 0) ended_ = true;
    if (size < 0 && errno != EAGAIN) ended_ = reset_ = true;
    return;
  }
}

bool Peer::wait_for(std::string_view text) {
  return run_until(loop_,
                   [&] {
                     read_some();
                     return received_.find(text) != std::string::npos || ended_;
                   }) &&
         received_.find(text) != std::string::npos;
}

bool Peer::wait_for_end() {
  return run_until(loop_, [&] {
    read_some();
    return ended_;
  });
}

const std::string& Peer::received() {
  read_some();
  return received_;
}

std::size_t Peer::read_at_most(std::size_t bytes) {
  std::string buffer(bytes, '\0');
  const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

void Peer::shut_down() { ::shutdown(fd_, SHUT_WR); }

void Peer::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void Peer::reset() {
  const linger immediately{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &immediately, sizeof(immediately));
  close();
}

void Peer::set_small_buffers() {
  const int bytes = 4096;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

Listener::Listener(EventLoop& loop) : loop_(loop) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(fd_, 16) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
}

Listener::~Listener() { ::close(fd_); }

std::unique_ptr<Peer> Listener::try_accept() {
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  return fd < 0 ? nullptr : std::make_unique<Peer>(loop_, fd);
}

std::unique_ptr<Peer> Listener::accept() {
  std::unique_ptr<Peer> peer;
  run_until(loop_, [&] {
    peer = try_accept();
    return peer != nullptr;
  });
  return peer;
}

}  // namespace brink::http::test
