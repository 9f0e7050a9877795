#pragma once

#include <span>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace brink::ipc {

/// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// A message of the control socket between front and zygote (SOCK_SEQPACKET).
struct ControlMessage {
  enum class Kind : int {
    kSpawn =
        1,  ///< front -> zygote: fork a worker; fds: channel memfd, to-worker and to-front eventfds
    kSpawned,     ///< zygote -> front: pid; fds: pidfd. Answers kSpawn in order.
    kSpawnError,  ///< zygote -> front: status is errno
    kExited,      ///< zygote -> front: pid, status as from waitpid
  };
  Kind kind = Kind::kSpawn;
  int pid = 0;
  int status = 0;
};

/// Sends one control message with descriptors (at most 4). Blocking or not as the socket is.
Result<void> send_control(int socket, const ControlMessage& message, std::span<const int> fds);

struct ReceivedControl {
  ControlMessage message;
  std::vector<Fd> fds;
};

/// Receives one; an Error with an empty message: nothing there now (EAGAIN); kClientGone: peer
/// closed.
Result<ReceivedControl> receive_control(int socket);

}  // namespace brink::ipc
