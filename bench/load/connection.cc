#include "bench/load/connection.h"

#include <utility>

namespace brink::load {

/// The memory that libuv works on; on the heap until its close callback. The request's bytes that
/// the socket did not take at once are in `unsent`, or stay where they are when nobody changes
/// them.
struct Connection::Socket {
  uv_tcp_t tcp;
  uv_connect_t connect_request;
  uv_write_t write_request;
  std::string unsent;   // being written
  std::string waiting;  // to be written after it
  bool writing = false;
  Connection* connection;

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&tcp); }
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&tcp); }
  static Socket& of(void* handle) {
    return *static_cast<Socket*>(static_cast<uv_handle_t*>(handle)->data);
  }

  static void on_connect(uv_connect_t* request, int status) {
    Connection* connection = of(request->handle).connection;
    if (connection != nullptr) connection->connected(status);
  }

  static void on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
    const Connection* connection = of(handle).connection;
    *buffer = uv_buf_init(connection->shared_.read_buffer.get(), ConnectionShared::kReadBytes);
  }

  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t*) {
    Connection* connection = of(stream).connection;
    if (connection != nullptr && size != 0) connection->received(size);
  }

  static void on_written(uv_write_t* request, int status) {
    Socket& socket = of(request->handle);
    socket.writing = false;
    // A failure is left to the reader: the server may have answered before it closed.
    if (socket.connection == nullptr || status != 0 || socket.waiting.empty()) return;
    const std::string bytes = std::exchange(socket.waiting, {});
    socket.connection->transmit(bytes, true);
  }
};

void Connection::open(std::uint64_t now_ns) {
  started_ns_ = now_ns;
  connect(now_ns);
}

void Connection::send(const PreparedRequest& request, std::uint64_t due_ns, std::uint64_t now_ns) {
  request_ = &request;
  expected_status_ = request.expected_status;
  due_ns_ = due_ns;
  started_ns_ = now_ns;
  reader_.start(request.is_head);
  if (state_ == State::kReady) {
    send_request();
  } else if (state_ == State::kClosed) {
    connect(now_ns);
  }
}

void Connection::close() {
  request_ = nullptr;
  state_ = State::kClosed;
  tls_.reset();
  if (socket_ == nullptr) return;
  Socket* socket = std::exchange(socket_, nullptr);
  socket->connection = nullptr;
  uv_close(socket->handle(), [](uv_handle_t* handle) { delete &Socket::of(handle); });
}

void Connection::time_out(std::uint64_t now_ns) {
  const bool connecting = state_ == State::kConnecting;
  fail(connecting ? FailureKind::kConnect : FailureKind::kTimeout,
       connecting ? "the connection was not accepted in time" : "no whole answer in time", now_ns);
}

void Connection::connect(std::uint64_t now_ns) {
  socket_ = new Socket;
  socket_->connection = this;
  answers_ = 0;
  was_ready_ = false;
  state_ = State::kConnecting;
  uv_tcp_init(shared_.loop.raw(), &socket_->tcp);
  socket_->tcp.data = socket_;
  const auto* address = reinterpret_cast<const sockaddr*>(&shared_.address);
  const int status =
      uv_tcp_connect(&socket_->connect_request, &socket_->tcp, address, Socket::on_connect);
  if (status != 0) fail(FailureKind::kConnect, uv_strerror(status), now_ns);
}

void Connection::connected(int status) {
  const std::uint64_t now_ns = uv_hrtime();
  if (status != 0) return fail(FailureKind::kConnect, uv_strerror(status), now_ns);
  uv_tcp_nodelay(&socket_->tcp, 1);
  uv_read_start(socket_->stream(), Socket::on_alloc, Socket::on_read);
  if (shared_.tls == nullptr) return became_ready(now_ns);
  state_ = State::kHandshaking;
  tls_ = std::make_unique<TlsSession>(*shared_.tls);
  tls_->handshake();
  flush_tls();
}

void Connection::became_ready(std::uint64_t now_ns) {
  state_ = State::kReady;
  was_ready_ = true;
  if (busy()) {
    send_request();
  } else {
    shared_.events.on_open(*this, now_ns);
  }
}

void Connection::send_request() {
  if (tls_ == nullptr) {
    transmit(request_->bytes, false);
  } else if (tls_->write(request_->bytes)) {
    flush_tls();
  } else {
    fail(FailureKind::kTls, tls_->error(), uv_hrtime());
  }
}

void Connection::flush_tls() {
  const std::string_view bytes = tls_->outgoing();
  if (bytes.empty()) return;
  transmit(bytes, true);
  tls_->sent();
}

// Hands the bytes to the socket; what it does not take goes later, from a copy unless the bytes
// stay where they are.
void Connection::transmit(std::string_view bytes, bool copy) {
  Socket& socket = *socket_;
  shared_.bytes_written += bytes.size();
  if (socket.writing) {
    socket.waiting.append(bytes);
    return;
  }
  uv_buf_t buffer =
      uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  const int taken = uv_try_write(socket.stream(), &buffer, 1);
  if (taken == static_cast<int>(bytes.size()) || (taken < 0 && taken != UV_EAGAIN)) return;
  bytes.remove_prefix(taken > 0 ? static_cast<std::size_t>(taken) : 0);
  if (copy) {
    socket.unsent.assign(bytes);
    bytes = socket.unsent;
  }
  buffer = uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  socket.writing =
      uv_write(&socket.write_request, socket.stream(), &buffer, 1, Socket::on_written) == 0;
}

void Connection::received(ssize_t size) {
  const std::uint64_t now_ns = uv_hrtime();
  if (size < 0) return ended(static_cast<int>(size), now_ns);
  shared_.bytes_read += static_cast<std::uint64_t>(size);
  const std::string_view bytes(shared_.read_buffer.get(), static_cast<std::size_t>(size));
  if (tls_ == nullptr) {
    received_plain(bytes, now_ns);
  } else {
    received_encrypted(bytes, now_ns);
  }
}

void Connection::received_encrypted(std::string_view bytes, std::uint64_t now_ns) {
  tls_->feed(bytes);
  if (state_ == State::kHandshaking) {
    const TlsSession::Handshake handshake = tls_->handshake();
    const std::string why = handshake == TlsSession::Handshake::kFailed ? tls_->error() : "";
    flush_tls();
    if (handshake == TlsSession::Handshake::kFailed) return fail(FailureKind::kTls, why, now_ns);
    if (handshake == TlsSession::Handshake::kGoesOn) return;
    const Socket* socket = socket_;
    became_ready(now_ns);
    if (socket_ != socket) return;
  }
  const Socket* socket = socket_;
  for (;;) {
    const std::ptrdiff_t size =
        tls_->read({shared_.plain_buffer.get(), ConnectionShared::kReadBytes});
    if (size < 0) return fail(FailureKind::kTls, tls_->error(), now_ns);
    if (size == 0) break;
    received_plain({shared_.plain_buffer.get(), static_cast<std::size_t>(size)}, now_ns);
    if (socket_ != socket) return;
  }
  flush_tls();  // an alert, or an answer to a key update
}

void Connection::received_plain(std::string_view bytes, std::uint64_t now_ns) {
  // Nothing was asked for: a server that says why it closes an idle connection (408).
  if (!busy()) return fail(FailureKind::kProtocol, "an answer to no request", now_ns);
  std::size_t consumed = 0;
  switch (reader_.read(bytes, consumed)) {
    case ResponseReader::Status::kNeedMore:
      return;
    case ResponseReader::Status::kError:
      return fail(FailureKind::kProtocol, reader_.error(), now_ns);
    case ResponseReader::Status::kDone:
      break;
  }
  if (consumed < bytes.size()) {
    return fail(FailureKind::kProtocol, "bytes after the end of the answer", now_ns);
  }
  answered(now_ns);
}

void Connection::answered(std::uint64_t now_ns) {
  request_ = nullptr;
  ++answers_;
  // A request that was answered before it was sent in full would have its rest taken for the next.
  if (!shared_.keep_alive || !reader_.keep_alive() || socket_->writing) close();
  shared_.events.on_answer(*this, reader_.status(), now_ns);
}

void Connection::ended(int status, std::uint64_t now_ns) {
  if (busy() && state_ == State::kReady && status == UV_EOF && reader_.begun() &&
      reader_.end() == ResponseReader::Status::kDone) {
    return answered(now_ns);
  }
  const FailureKind kind = state_ == State::kHandshaking ? FailureKind::kTls : FailureKind::kReset;
  fail(kind, status == UV_EOF ? "the server closed the connection" : uv_strerror(status), now_ns);
}

void Connection::fail(FailureKind kind, std::string_view why, std::uint64_t now_ns) {
  const std::string reason(why);  // may be the session's
  const bool was_busy = busy();
  close();
  shared_.events.on_failure(*this, kind, reason, was_busy, now_ns);
}

}  // namespace brink::load
