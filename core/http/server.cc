#include "core/http/server.h"

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>
#include <utility>

#include "core/http/listen_address.h"
#include "core/http/server_connection.h"
#include "core/http/server_shared.h"
#include "core/http/socket_handle.h"
#include "core/loop/timer.h"

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
  tell_drained();
}

void ServerShared::tell_drained() {
  if (connections.empty() && drained) std::exchange(drained, nullptr)();
}

namespace {

Error accept_error(int status) {
  return {ErrorCode::kSystem, std::string("cannot accept a connection: ") + uv_strerror(status)};
}

constexpr int kBacklog = 4096;  // the kernel takes less when net.core.somaxconn says so
// From the start of a drain until the listener closes: for handshakes that are under way.
constexpr std::uint64_t kLastAccepts_ms = 100;

// Drops the packets that would begin a connection (SYN), so that clients ask again later, when the
// next process listens, rather than be reset. Where the kernel has no such filter they are accepted
// while the listener is open.
void refuse_handshakes(const uv_tcp_t& listener) {
  constexpr std::uint32_t kFlags = 13;  // their offset in the TCP header
  constexpr std::uint32_t kSyn = 0x02, kAck = 0x10;
  std::array program{
      sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlags),
      sock_filter BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kSyn | kAck),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSyn, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, 0),
      sock_filter BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  const sock_fprog filter{program.size(), program.data()};
  uv_os_fd_t fd = -1;
  if (uv_fileno(reinterpret_cast<const uv_handle_t*>(&listener), &fd) != 0) return;
  ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

/// A listening socket and its connections. Owned by main(); on the loop's thread.
class ServerImpl final : public Server {
 public:
  ServerImpl(EventLoop& loop, const ServerOptions& options, RequestHandler& handler)
      : shared_(loop, options, handler), last_accepts_(loop, [this] { stop_accepting(); }) {}

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
  void take(SocketPtr socket);
  void accept_waiting();
  void stop_accepting();
  bool admit(std::string_view client_ip);
  void close_listener();
  SocketPtr make_socket() {
    return is_pipe_ ? SocketHandle::make_pipe(shared_.loop) : SocketHandle::make_tcp(shared_.loop);
  }

  ServerShared shared_;
  Timer last_accepts_;
  std::function<void()> drained_;  // until the listener is closed
  SocketPtr listener_;
  BoundSocket socket_;  // its descriptor is listener_'s
  bool is_pipe_ = false;
};

Result<void> ServerImpl::listen(BoundSocket socket) {
  socket_ = std::move(socket);
  is_pipe_ = socket_.is_unix();
  listener_ = make_socket();
  int status = is_pipe_ ? uv_pipe_open(&listener_->pipe, socket_.fd.get())
                        : uv_tcp_open(&listener_->tcp, socket_.fd.get());
  if (status == 0) {
    socket_.fd.release();  // the handle has it
    listener_->handle.data = this;
    status = uv_listen(&listener_->stream_handle, kBacklog, [](uv_stream_t* handle, int error) {
      auto& server = *static_cast<ServerImpl*>(handle->data);
      if (error == 0) return server.accept();
      server.shared_.handler.on_connection_refused(accept_error(error), false);
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
  SocketPtr socket = make_socket();
  if (const int status = uv_accept(&listener_->stream_handle, &socket->stream_handle);
      status != 0) {
    return shared_.handler.on_connection_refused(accept_error(status), false);
  }
  take(std::move(socket));
}

void ServerImpl::take(SocketPtr socket) {
  std::string client_ip;
  if (!is_pipe_) {
    uv_tcp_nodelay(&socket->tcp, 1);
    sockaddr_storage peer{};
    int size = sizeof(peer);
    if (uv_tcp_getpeername(&socket->tcp, reinterpret_cast<sockaddr*>(&peer), &size) == 0) {
      client_ip = format_ip(peer);
    }
  }
  if (!admit(client_ip)) return;  // closes it
  shared_.add(*new ServerConnection(shared_, std::move(socket), std::move(client_ip)));
}

bool ServerImpl::admit(std::string_view client_ip) {
  const ServerOptions& options = shared_.options;
  if (options.max_connections_per_address != 0 &&
      shared_.counts.of(client_ip) >= options.max_connections_per_address) {
    shared_.handler.on_connection_refused(
        {ErrorCode::kConnectionLimit, "too many connections from " + std::string(client_ip)},
        false);
    return false;
  }
  if (options.max_connections != 0 && shared_.counts.all() >= options.max_connections) {
    const bool closed_idle = shared_.idle_deadlines.fire_first();
    shared_.handler.on_connection_refused(
        {ErrorCode::kConnectionLimit, "too many connections in all"}, closed_idle);
    if (!closed_idle) return false;
  }
  return options.descriptors == nullptr || options.descriptors->admit_client();
}

// Who is connected for the client is connected for us: nobody's connection is closed unseen by the
// listener's end. No new one is begun meanwhile, and those that wait are accepted.
void ServerImpl::drain(std::function<void()> drained) {
  shared_.draining = true;
  drained_ = std::move(drained);
  socket_.remove_file();
  if (listener_ && !is_pipe_) refuse_handshakes(listener_->tcp);
  last_accepts_.start(kLastAccepts_ms);
  // drain() only marks; connections leave the list at the end of the turn.
  for (ServerConnection* connection : shared_.connections) connection->drain();
}

void ServerImpl::stop_accepting() {
  accept_waiting();  // the loop may have had no time to
  close_listener();
  shared_.drained = std::exchange(drained_, nullptr);
  shared_.tell_drained();
}

void ServerImpl::accept_waiting() {
  uv_os_fd_t listener = -1;
  if (!listener_ || uv_fileno(&listener_->handle, &listener) != 0) return;
  while (ipc::Fd fd{::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)}) {
    SocketPtr socket = make_socket();
    const int status =
        is_pipe_ ? uv_pipe_open(&socket->pipe, fd.get()) : uv_tcp_open(&socket->tcp, fd.get());
    if (status != 0) continue;
    fd.release();
    take(std::move(socket));
  }
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
