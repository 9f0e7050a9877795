#include "core/http/bound_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "core/http/listen_address.h"

namespace brink::http {
namespace {

std::unexpected<Error> cannot_listen(std::string_view address, int number) {
  return fail(ErrorCode::kListen,
              "cannot listen on " + std::string(address) + ": " + uv_strerror(-number));
}

void set_option(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

// Of a socket; nullopt for what is none, or is not there.
std::optional<SocketFileId> socket_file_id(const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return std::nullopt;
  return SocketFileId{found.st_dev, found.st_ino};
}

// True when nobody listens on the socket file any more: left over from a process that was killed.
bool is_stale(const sockaddr_un& address) {
  const ipc::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return fd &&
         ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

// Removes this one socket file, never another that took its name meanwhile: whether it is the one
// shows only once nobody else can reach it by that name.
bool remove_socket_file(const std::string& path, const SocketFileId& id) {
  if (socket_file_id(path) != id) return false;
  const std::string aside = path + ".brink-" + std::to_string(::getpid());
  if (::rename(path.c_str(), aside.c_str()) != 0) return false;
  const bool same = socket_file_id(aside) == id;
  if (!same && ::renameat2(AT_FDCWD, aside.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0)
    return false;
  return same && ::unlink(aside.c_str()) == 0;
}

Result<void> bind_unix(const std::string& path, BoundSocket& out) {
  out.address = "unix:" + path;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return cannot_listen(out.address, ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());
  out.fd.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!out.fd) return cannot_listen(out.address, errno);
  const auto bind = [&] {
    const auto* where = reinterpret_cast<const sockaddr*>(&address);
    return ::bind(out.fd.get(), where, sizeof address) == 0 ? 0 : errno;
  };
  int error = bind();
  if (error == EADDRINUSE) {
    // A file refuses connections too, as a dead socket does.
    const std::optional<SocketFileId> before = socket_file_id(path);
    if (!before) {
      return fail(ErrorCode::kListen,
                  "cannot listen on " + out.address + ": " + path + " is a file and no socket");
    }
    if (is_stale(address) && remove_socket_file(path, *before)) error = bind();
  }
  if (error != 0) return cannot_listen(out.address, error);
  out.file = path;
  out.file_id = socket_file_id(path).value_or(SocketFileId{});
  return {};
}

// 0, or errno. `shared`: the port may be one of other sockets that say the same.
int bind_tcp(const sockaddr_storage& address, bool shared, ipc::Fd& out) {
  const bool v6 = address.ss_family == AF_INET6;
  out.reset(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!out) return errno;
  set_option(out.get(), SOL_SOCKET, SO_REUSEADDR, 1);  // in spite of connections in TIME_WAIT
  if (v6) set_option(out.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (shared) set_option(out.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  const socklen_t size = v6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  return ::bind(out.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 ? 0 : errno;
}

// The same port of 0.0.0.0.
sockaddr_storage without_ipv6(const sockaddr_storage& any) {
  sockaddr_storage address{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(address);
  v4.sin_family = AF_INET;
  v4.sin_port = reinterpret_cast<const sockaddr_in6&>(any).sin6_port;
  return address;
}

// With the port that the kernel has chosen.
sockaddr_storage bound_address(const ipc::Fd& fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return address;
}

int bind_alone(const ListenAddress& address, ipc::Fd& out) {
  const int error = bind_tcp(address.socket_address, false, out);
  const bool no_ipv6 = error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
  if (!address.any_host || !no_ipv6) return error;
  return bind_tcp(without_ipv6(address.socket_address), false, out);
}

}  // namespace

void BoundSocket::remove_file() {
  if (!file.empty()) remove_socket_file(std::exchange(file, {}), file_id);
}

void BoundSocket::prefer_core(int core) {
  if (!is_unix()) set_option(fd.get(), SOL_SOCKET, SO_INCOMING_CPU, core);
}

Result<BoundSocket> bind_socket(std::string_view address) {
  const Result<ListenAddress> parsed = parse_listen_address(address);
  if (!parsed) return std::unexpected(parsed.error());
  BoundSocket socket;
  if (!parsed->unix_path.empty()) {
    if (auto bound = bind_unix(parsed->unix_path, socket); !bound)
      return std::unexpected(std::move(bound).error());
    return socket;
  }
  if (const int error = bind_alone(*parsed, socket.fd); error != 0)
    return cannot_listen(address, error);
  socket.address = format_address(bound_address(socket.fd));
  return socket;
}

Result<std::vector<BoundSocket>> bind_sockets(std::string_view address, std::size_t count) {
  // This one sees to it that nobody else has the address, and chooses the port; the others would
  // join whoever has the same user. It is not used for more: a port that the kernel chose is lost
  // when a socket stops listening for a while.
  Result<BoundSocket> first = bind_socket(address);
  if (!first) return std::unexpected(std::move(first).error());
  std::vector<BoundSocket> sockets;
  if (first->is_unix()) {
    for (std::size_t i = 1; i < count; ++i) {
      ipc::Fd copy(::fcntl(first->fd.get(), F_DUPFD_CLOEXEC, 3));
      if (!copy) return cannot_listen(address, errno);
      sockets.push_back({std::move(copy), first->address, {}, {}});
    }
    sockets.insert(sockets.begin(), *std::move(first));
    return sockets;
  }
  set_option(first->fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  const sockaddr_storage bound = bound_address(first->fd);
  while (sockets.size() < count) {
    BoundSocket socket{{}, first->address, {}, {}};
    const int error = bind_tcp(bound, true, socket.fd);
    if (error != 0) return cannot_listen(address, error);
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

}  // namespace brink::http
