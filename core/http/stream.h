#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/block_pool.h"
#include "core/loop/event_loop.h"

namespace brink::http {

/// What the connections of one Server or UpstreamPool share. Outlives them; on the loop's thread.
struct StreamShared {
  static constexpr std::size_t kReadBytes = EventLoop::kReadSpace_bytes;

  explicit StreamShared(EventLoop& event_loop) : loop(event_loop), blocks(event_loop.memory()) {}

  EventLoop& loop;
  BlockPool blocks;
  std::string head_text;  // for putting heads together
};

/// Hears a Stream. Called from the loop's callbacks only, never from within the Stream's own
/// methods.
class StreamEvents {
 public:
  virtual ~StreamEvents() = default;
  /// At least one byte, valid during the call. May destroy the Stream.
  virtual void on_stream_bytes(std::string_view bytes) = 0;
  /// The peer closed its side (UV_EOF) or the connection failed. Reading has stopped.
  virtual void on_stream_end(int status) = 0;
  /// The socket took bytes that had been queued, or writing failed: see write_failed().
  virtual void on_stream_progress() = 0;
};

/// A connected libuv TCP socket or pipe, on the heap until its close callback.
struct SocketHandle;

/// Closes a handle; it frees itself.
struct SocketCloser {
  void operator()(SocketHandle* handle) const;
};
using SocketPtr = std::unique_ptr<SocketHandle, SocketCloser>;

/// Bytes in and out of one socket: reads into the loop's space, writes at once what the socket
/// takes and keeps the rest in blocks. Small writes wait for flush(), so that a head and a body
/// leave together, and with those of other sockets of the turn where they can. Owned by a
/// connection; on the loop's thread.
class Stream final : private SocketBatch::Receiver, private SocketBatch::Sender {
 public:
  Stream(StreamShared& shared, StreamEvents& events) : shared_(shared), events_(events) {}
  /// Closes the socket; what is queued is lost.
  ~Stream() override { close(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Takes a connected socket. Bytes may have been queued before.
  void open(SocketPtr socket);
  bool is_open() const { return socket_ != nullptr; }
  void close();

  /// Reads at most `max_bytes` at a time while `on`.
  void set_reading(bool on, std::size_t max_bytes = StreamShared::kReadBytes);
  bool reading() const { return reading_; }

  /// Queues a copy; call flush() in deferred work of this turn.
  void append(std::string_view bytes);
  /// Queues the pieces as one, or hands them to the socket at once when they are big.
  void write(std::span<const std::string_view> pieces);
  /// Hands to the socket what it takes; the rest follows by itself.
  void flush();
  /// Bytes that the socket has not taken.
  std::size_t queued_bytes() const { return queued_; }
  /// Bytes of these that libuv holds; changes while a slow peer takes some.
  std::size_t unsent_bytes() const;
  /// Bytes that the kernel has and the peer has not; a system call. Tells a peer that takes a
  /// little from one that takes nothing: room for libuv comes in large steps.
  std::size_t unacknowledged_bytes() const;
  bool write_failed() const { return write_error_ != 0; }
  int write_error() const { return write_error_; }
  /// Makes close() send RST, so that the peer can't take what it has for everything.
  void reset_on_close();
  /// Sends FIN. Only when nothing is queued.
  void shut_down_writing();

  /// -1: it is not open.
  int descriptor() const override;

 private:
  friend struct SocketHandle;
  static constexpr std::size_t kCoalesceBytes = 8 * 1024;
  static constexpr std::size_t kMaxPieces = 16;

  SocketBatch::Receiver& as_receiver() { return *this; }
  SocketBatch::Sender& as_sender() { return *this; }
  bool can_write_now() const;
  std::size_t fill(std::span<uv_buf_t> out) const;
  bool try_write(std::span<const uv_buf_t> buffers, std::size_t& taken);
  void drop_front(std::size_t bytes);
  void write_later();
  void write_done(int status);
  void fail(int status);
  void end(int status);

  // SocketBatch
  std::size_t read_limit() const override { return reading_ ? read_limit_ : 0; }
  void on_received(int result, const char* bytes) override;
  std::string_view to_send() const override;
  void on_sent(int result) override;

  StreamShared& shared_;
  StreamEvents& events_;
  SocketPtr socket_;
  std::vector<BlockPool::BlockPtr> blocks_;  // in order; without those in flight
  std::size_t queued_ = 0;                   // bytes in blocks_ and in flight
  std::size_t read_limit_ = StreamShared::kReadBytes;
  std::uint64_t read_in_turn_ = 0;  // of the loop: the last one with a read by libuv
  bool reading_ = false;
  bool bulk_ = false;  // more came than a batch brings: read by itself, with more room
  bool in_flight_ = false;
  int write_error_ = 0;
};

}  // namespace brink::http
