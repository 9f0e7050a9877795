#include "core/http/server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "core/http/listen_address.h"
#include "core/http/server_connection.h"
#include "core/http/server_shared.h"
#include "core/http/socket_handle.h"

namespace brink::http {

std::unique_ptr<RequestScratch> ServerShared::take_scratch() {
  if (free_scratch.empty()) return std::make_unique<RequestScratch>();
  std::unique_ptr<RequestScratch> scratch = std::move(free_scratch.back());
  free_scratch.pop_back();
  return scratch;
}

void ServerShared::give_back(std::unique_ptr<RequestScratch> scratch) {
  constexpr std::size_t kMaxKept = 256;
  constexpr std::size_t kMaxKeptBytes = 16 * 1024;
  if (free_scratch.size() == kMaxKept) return;
  scratch->stash.clear();
  scratch->stash_begin = 0;
  if (scratch->stash.capacity() > kMaxKeptBytes) scratch->stash.shrink_to_fit();
  scratch->raw.clear();
  if (scratch->raw.bytes.capacity() > kMaxKeptBytes) scratch->raw.bytes.shrink_to_fit();
  free_scratch.push_back(std::move(scratch));
}

void ServerShared::add(ServerConnection& connection) {
  connection.place = connections.size();
  connections.push_back(&connection);
}

void ServerShared::remove(ServerConnection& connection) {
  connections.back()->place = connection.place;
  connections[connection.place] = connections.back();
  connections.pop_back();
  delete &connection;
  if (connections.empty() && drained) std::exchange(drained, nullptr)();
}

namespace {

constexpr int kBacklog = 4096;  // the kernel takes less when net.core.somaxconn says so

// True when nobody listens on the socket file any more: left over from a process that was killed.
bool is_stale_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool refused =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
      errno == ECONNREFUSED;
  ::close(fd);
  return refused;
}

/// A listening socket and its connections. Owned by main(); on the loop's thread.
class ServerImpl final : public Server {
 public:
  ServerImpl(EventLoop& loop, const ServerOptions& options, RequestHandler& handler)
      : shared_(loop, options, handler) {}

  ~ServerImpl() override {
    shared_.drained = nullptr;
    while (!shared_.connections.empty()) {
      ServerConnection& connection = *shared_.connections.back();
      connection.abandon();
      shared_.remove(connection);
    }
  }

  Result<void> listen(const ListenAddress& address, std::string_view text);
  std::string address() const override { return address_; }
  void drain(std::function<void()> drained) override;
  std::size_t connection_count() const override { return shared_.connections.size(); }

 private:
  int bind_tcp(const ListenAddress& address);
  int bind_pipe(const std::string& path);
  void accept();

  ServerShared shared_;
  SocketPtr listener_;
  bool is_pipe_ = false;
  std::string address_;
};

Result<void> ServerImpl::listen(const ListenAddress& address, std::string_view text) {
  is_pipe_ = !address.unix_path.empty();
  int status = is_pipe_ ? bind_pipe(address.unix_path) : bind_tcp(address);
  if (status == 0) {
    listener_->handle.data = this;
    status = uv_listen(&listener_->stream_handle, kBacklog, [](uv_stream_t* handle, int error) {
      if (error == 0) static_cast<ServerImpl*>(handle->data)->accept();
    });
  }
  if (status != 0) {
    return fail(ErrorCode::kListen,
                "cannot listen on " + std::string(text) + ": " + uv_strerror(status));
  }
  if (is_pipe_) {
    address_ = "unix:" + address.unix_path;
    return {};
  }
  sockaddr_storage bound{};
  int size = sizeof(bound);
  uv_tcp_getsockname(&listener_->tcp, reinterpret_cast<sockaddr*>(&bound), &size);
  address_ = format_address(bound);
  return {};
}

int ServerImpl::bind_tcp(const ListenAddress& address) {
  listener_ = SocketHandle::make_tcp(shared_.loop);
  const auto* wanted = reinterpret_cast<const sockaddr*>(&address.socket_address);
  const int status = uv_tcp_bind(&listener_->tcp, wanted, 0);
  if (!address.any_host || (status != UV_EAFNOSUPPORT && status != UV_EADDRNOTAVAIL)) return status;
  // A host without IPv6.
  sockaddr_in any{};
  uv_ip4_addr("0.0.0.0", ntohs(reinterpret_cast<const sockaddr_in6*>(wanted)->sin6_port), &any);
  listener_ = SocketHandle::make_tcp(shared_.loop);
  return uv_tcp_bind(&listener_->tcp, reinterpret_cast<const sockaddr*>(&any), 0);
}

int ServerImpl::bind_pipe(const std::string& path) {
  listener_ = SocketHandle::make_pipe(shared_.loop);
  const int status = uv_pipe_bind2(&listener_->pipe, path.data(), path.size(), UV_PIPE_NO_TRUNCATE);
  if (status != UV_EADDRINUSE || !is_stale_socket(path)) return status;
  ::unlink(path.c_str());
  return uv_pipe_bind2(&listener_->pipe, path.data(), path.size(), UV_PIPE_NO_TRUNCATE);
}

void ServerImpl::accept() {
  SocketPtr socket =
      is_pipe_ ? SocketHandle::make_pipe(shared_.loop) : SocketHandle::make_tcp(shared_.loop);
  if (uv_accept(&listener_->stream_handle, &socket->stream_handle) != 0) return;
  std::string client_ip;
  if (!is_pipe_) {
    uv_tcp_nodelay(&socket->tcp, 1);
    sockaddr_storage peer{};
    int size = sizeof(peer);
    if (uv_tcp_getpeername(&socket->tcp, reinterpret_cast<sockaddr*>(&peer), &size) == 0) {
      client_ip = format_ip(peer);
    }
  }
  shared_.add(*new ServerConnection(shared_, std::move(socket), std::move(client_ip)));
}

void ServerImpl::drain(std::function<void()> drained) {
  shared_.draining = true;
  listener_.reset();
  if (shared_.connections.empty()) {
    if (drained) drained();
    return;
  }
  shared_.drained = std::move(drained);
  // drain() only marks; connections leave the list at the end of the turn.
  for (ServerConnection* connection : shared_.connections) connection->drain();
}

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(EventLoop& loop, std::string_view address,
                                               const ServerOptions& options,
                                               RequestHandler& handler) {
  const Result<ListenAddress> parsed = parse_listen_address(address);
  if (!parsed) return std::unexpected(parsed.error());
  auto server = std::make_unique<ServerImpl>(loop, options, handler);
  if (auto listening = server->listen(*parsed, address); !listening) {
    return std::unexpected(listening.error());
  }
  return server;
}

}  // namespace brink::http
