#include "core/http/server.h"

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

/// A listening socket and its connections. Owned by main(); on the loop's thread.
class ServerImpl final : public Server {
 public:
  ServerImpl(EventLoop& loop, const ServerOptions& options, RequestHandler& handler)
      : shared_(loop, options, handler) {}

  ~ServerImpl() override {
    close_listener();
    shared_.drained = nullptr;
    while (!shared_.connections.empty()) {
      ServerConnection& connection = *shared_.connections.back();
      connection.abandon();
      shared_.remove(connection);
    }
  }

  Result<void> listen(BoundSocket socket);
  std::string address() const override { return socket_.address; }
  void drain(std::function<void()> drained) override;
  std::size_t connection_count() const override { return shared_.connections.size(); }

 private:
  void accept();
  void close_listener();

  ServerShared shared_;
  SocketPtr listener_;
  BoundSocket socket_;  // its descriptor is listener_'s
  bool is_pipe_ = false;
};

Result<void> ServerImpl::listen(BoundSocket socket) {
  socket_ = std::move(socket);
  is_pipe_ = socket_.is_unix();
  listener_ =
      is_pipe_ ? SocketHandle::make_pipe(shared_.loop) : SocketHandle::make_tcp(shared_.loop);
  int status = is_pipe_ ? uv_pipe_open(&listener_->pipe, socket_.fd.get())
                        : uv_tcp_open(&listener_->tcp, socket_.fd.get());
  if (status == 0) {
    socket_.fd.release();  // the handle has it
    listener_->handle.data = this;
    status = uv_listen(&listener_->stream_handle, kBacklog, [](uv_stream_t* handle, int error) {
      if (error == 0) static_cast<ServerImpl*>(handle->data)->accept();
    });
  }
  if (status == 0) return {};
  close_listener();
  return fail(ErrorCode::kListen,
              "cannot listen on " + socket_.address + ": " + uv_strerror(status));
}

void ServerImpl::close_listener() {
  socket_.remove_file();
  listener_.reset();
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
  close_listener();
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
  Result<BoundSocket> socket = bind_socket(address);
  if (!socket) return std::unexpected(std::move(socket).error());
  return listen(loop, *std::move(socket), options, handler);
}

Result<std::unique_ptr<Server>> Server::listen(EventLoop& loop, BoundSocket socket,
                                               const ServerOptions& options,
                                               RequestHandler& handler) {
  auto server = std::make_unique<ServerImpl>(loop, options, handler);
  if (auto listening = server->listen(std::move(socket)); !listening) {
    return std::unexpected(std::move(listening).error());
  }
  return server;
}

}  // namespace brink::http
