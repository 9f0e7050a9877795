#include "core/http/stream.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/http/socket_handle.h"

namespace brink::http {

SocketPtr SocketHandle::make_tcp(EventLoop& loop) {
  SocketPtr socket(new SocketHandle(loop.open_sockets()));
  uv_tcp_init(loop.raw(), &socket->tcp);
  socket->handle.data = socket.get();
  return socket;
}

SocketPtr SocketHandle::make_pipe(EventLoop& loop) {
  SocketPtr socket(new SocketHandle(loop.open_sockets()));
  uv_pipe_init(loop.raw(), &socket->pipe, 0);
  socket->handle.data = socket.get();
  return socket;
}

void SocketCloser::operator()(SocketHandle* handle) const {
  handle->stream = nullptr;
  --handle->open_sockets;
  uv_close(&handle->handle,
           [](uv_handle_t* closed) { delete reinterpret_cast<SocketHandle*>(closed); });
}

void SocketHandle::on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
  Stream& stream = *static_cast<SocketHandle*>(handle->data)->stream;
  EventLoop& loop = stream.shared_.loop;
  if (stream.bulk_ ? stream.read_in_turn_ == loop.turn() : loop.sockets().usable()) {
    // No room: libuv only says that there is something to read (UV_ENOBUFS).
    *buffer = uv_buf_init(nullptr, 0);
    return;
  }
  *buffer = uv_buf_init(loop.read_space(), static_cast<unsigned>(stream.read_limit_));
}

void SocketHandle::on_read(uv_stream_t* handle, ssize_t size, const uv_buf_t* buffer) {
  Stream* stream = static_cast<SocketHandle*>(handle->data)->stream;
  if (stream == nullptr || size == 0) return;
  EventLoop& loop = stream->shared_.loop;
  if (size == UV_ENOBUFS) {
    if (!stream->bulk_) loop.sockets().add(stream->as_receiver());
    return;  // of what was much before, libuv speaks again in the next turn
  }
  if (size > 0) {
    stream->bulk_ = static_cast<std::size_t>(size) >= SocketBatch::kSlot_bytes;
    stream->read_in_turn_ = loop.turn();
    stream->events_.on_stream_bytes({buffer->base, static_cast<std::size_t>(size)});
    return;
  }
  stream->end(static_cast<int>(size));
}

void SocketHandle::on_written(uv_write_t* request, int status) {
  auto* socket = static_cast<SocketHandle*>(request->handle->data);
  if (socket->stream != nullptr) socket->stream->write_done(status);
}

void Stream::open(SocketPtr socket) {
  socket_ = std::move(socket);
  socket_->stream = this;
}

void Stream::close() {
  if (in_flight_) {
    for (const BlockPool::BlockPtr& block : socket_->in_flight)
      if (block != nullptr) shared_.blocks.forget();
  }
  socket_.reset();
  shared_.loop.sockets().remove(as_receiver());
  shared_.loop.sockets().remove(as_sender());
  reading_ = false;
  in_flight_ = false;
  queued_ = 0;
  for (BlockPool::BlockPtr& block : blocks_) shared_.blocks.give_back(std::move(block));
  blocks_.clear();
}

void Stream::set_reading(bool on, std::size_t max_bytes) {
  read_limit_ = std::min(max_bytes, StreamShared::kReadBytes);
  if (!is_open() || on == reading_) return;
  reading_ = on;
  if (on) {
    uv_read_start(&socket_->stream_handle, SocketHandle::on_alloc, SocketHandle::on_read);
  } else {
    uv_read_stop(&socket_->stream_handle);
  }
}

void Stream::on_received(int result, const char* bytes) {
  if (result == UV_EAGAIN || result == UV_EINTR) return;
  if (result <= 0) return end(result == 0 ? UV_EOF : result);
  bulk_ = static_cast<std::size_t>(result) == SocketBatch::kSlot_bytes;
  events_.on_stream_bytes({bytes, static_cast<std::size_t>(result)});
}

void Stream::end(int status) {
  set_reading(false);
  events_.on_stream_end(status);
}

void Stream::append(std::string_view bytes) {
  if (write_failed()) return;
  queued_ += bytes.size();
  while (!bytes.empty()) {
    if (blocks_.empty() || blocks_.back()->room() == 0) blocks_.push_back(shared_.blocks.take());
    BlockPool::Block& block = *blocks_.back();
    const std::size_t size = std::min(bytes.size(), block.room());
    bytes.copy(block.bytes + block.end, size);
    block.end += static_cast<std::uint32_t>(size);
    bytes.remove_prefix(size);
  }
  shared_.loop.sockets().add(as_sender());
}

bool Stream::can_write_now() const { return is_open() && !in_flight_ && !write_failed(); }

std::size_t Stream::fill(std::span<uv_buf_t> out) const {
  const std::size_t count = std::min(out.size(), blocks_.size());
  for (std::size_t i = 0; i < count; ++i) {
    BlockPool::Block& block = *blocks_[i];
    out[i] = uv_buf_init(block.bytes + block.begin, static_cast<unsigned>(block.size()));
  }
  return count;
}

void Stream::write(std::span<const std::string_view> pieces) {
  std::size_t total = 0;
  for (const std::string_view piece : pieces) total += piece.size();
  const bool direct = can_write_now() && queued_ + total >= kCoalesceBytes &&
                      blocks_.size() + pieces.size() <= kMaxPieces;
  std::size_t taken = 0;
  if (direct) {
    const std::size_t before = queued_;
    std::array<uv_buf_t, kMaxPieces> buffers;
    std::size_t count = fill(buffers);
    for (const std::string_view piece : pieces) {
      // libuv does not write to what it sends.
      buffers[count++] =
          uv_buf_init(const_cast<char*>(piece.data()), static_cast<unsigned>(piece.size()));
    }
    if (!try_write({buffers.data(), count}, taken)) return;
    drop_front(std::min(taken, before));
    taken -= std::min(taken, before);
  }
  for (const std::string_view piece : pieces) {
    const std::size_t skipped = std::min(taken, piece.size());
    taken -= skipped;
    append(piece.substr(skipped));
  }
  if (direct && queued_ > 0) write_later();
}

std::string_view Stream::to_send() const {
  if (!can_write_now() || blocks_.empty()) return {};
  const BlockPool::Block& first = *blocks_.front();
  return {first.bytes + first.begin, first.size()};
}

int Stream::descriptor() const {
  uv_os_fd_t fd = -1;
  if (is_open()) uv_fileno(&socket_->handle, &fd);
  return fd;
}

void Stream::on_sent(int result) {
  if (result >= 0) {
    drop_front(static_cast<std::size_t>(result));
  } else if (result != UV_EAGAIN) {
    fail(result);
  }
}

void Stream::flush() {
  while (can_write_now() && queued_ > 0) {
    std::array<uv_buf_t, kMaxPieces> buffers;
    const std::size_t count = fill(buffers);
    std::size_t offered = 0;
    for (std::size_t i = 0; i < count; ++i) offered += buffers[i].len;
    std::size_t taken = 0;
    if (!try_write({buffers.data(), count}, taken)) return;
    drop_front(taken);
    if (taken < offered) write_later();
  }
}

bool Stream::try_write(std::span<const uv_buf_t> buffers, std::size_t& taken) {
  const int result =
      uv_try_write(&socket_->stream_handle, buffers.data(), static_cast<unsigned>(buffers.size()));
  taken = result > 0 ? static_cast<std::size_t>(result) : 0;
  if (result >= 0 || result == UV_EAGAIN) return true;
  fail(result);
  return false;
}

void Stream::drop_front(std::size_t bytes) {
  queued_ -= bytes;
  std::size_t emptied = 0;
  for (BlockPool::BlockPtr& block : blocks_) {
    const std::size_t size = std::min(bytes, block->size());
    block->begin += static_cast<std::uint32_t>(size);
    bytes -= size;
    if (block->size() > 0) break;
    shared_.blocks.give_back(std::move(block));
    ++emptied;
  }
  blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(emptied));
}

// The socket's buffer is full: libuv writes on when there is room.
void Stream::write_later() {
  std::array<uv_buf_t, SocketHandle::kMaxInFlight> buffers;
  const std::size_t count = fill(buffers);
  std::move(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(count),
            socket_->in_flight.begin());
  blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(count));
  const int status = uv_write(&socket_->write_request, &socket_->stream_handle, buffers.data(),
                              static_cast<unsigned>(count), SocketHandle::on_written);
  in_flight_ = status == 0;
  if (in_flight_) return;
  for (BlockPool::BlockPtr& block : socket_->in_flight) {
    if (block != nullptr) shared_.blocks.give_back(std::move(block));
  }
  fail(status);
}

void Stream::write_done(int status) {
  in_flight_ = false;
  for (BlockPool::BlockPtr& block : socket_->in_flight) {
    if (block == nullptr) continue;
    queued_ -= block->size();
    shared_.blocks.give_back(std::move(block));
  }
  if (status != 0) {
    fail(status);
  } else {
    flush();
  }
  events_.on_stream_progress();
}

void Stream::fail(int status) {
  write_error_ = status;
  drop_front(queued_);
  queued_ = 0;
}

std::size_t Stream::unsent_bytes() const {
  return is_open() ? uv_stream_get_write_queue_size(&socket_->stream_handle) : 0;
}

std::size_t Stream::unacknowledged_bytes() const {
  int bytes = 0;
  if (is_open()) ::ioctl(descriptor(), SIOCOUTQ, &bytes);
  return static_cast<std::size_t>(bytes);
}

void Stream::reset_on_close() {
  if (!is_open()) return;
  const linger immediately{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &immediately, sizeof(immediately));
}

void Stream::shut_down_writing() {
  if (is_open()) ::shutdown(descriptor(), SHUT_WR);
}

}  // namespace brink::http
