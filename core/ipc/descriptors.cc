#include "core/ipc/descriptors.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace brink::ipc {
namespace {
constexpr std::size_t kMaxFds = 4;
}  // namespace

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Result<void> send_control(int socket, const ControlMessage& message, std::span<const int> fds) {
  if (fds.size() > kMaxFds)
    return fail(ErrorCode::kInternal, "too many descriptors in a control message");
  iovec data{const_cast<ControlMessage*>(&message), sizeof message};
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxFds * sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  if (!fds.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(rights), fds.data(), fds.size_bytes());
  }
  ssize_t sent = 0;
  do sent = ::sendmsg(socket, &header, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent < 0)
    return fail(ErrorCode::kSystem, std::string("zygote control socket: ") + std::strerror(errno));
  return {};
}

Result<ReceivedControl> receive_control(int socket) {
  ReceivedControl received;
  iovec data{&received.message, sizeof received.message};
  alignas(cmsghdr) char control[CMSG_SPACE(kMaxFds * sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t got = 0;
  do got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return fail(ErrorCode::kSystem, "");
  if (got < 0)
    return fail(ErrorCode::kSystem, std::string("zygote control socket: ") + std::strerror(errno));
  if (got == 0) return fail(ErrorCode::kClientGone, "zygote control socket: closed");
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
      received.fds.emplace_back(fd);
    }
  }
  if (got != static_cast<ssize_t>(sizeof received.message)) {
    return fail(ErrorCode::kSystem, "zygote control socket: a message of the wrong size");
  }
  return received;
}

}  // namespace brink::ipc
