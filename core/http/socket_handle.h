#pragma once

#include <uv.h>

#include <array>

#include "core/http/block_pool.h"
#include "core/http/stream.h"

namespace brink::http {

/// The memory libuv works on: the handle, the one write request, and the blocks that request writes
/// from. `stream` is null before Stream::open() and after its end.
struct SocketHandle {
  static constexpr std::size_t kMaxInFlight = 4;

  union {
    uv_handle_t handle;
    uv_stream_t stream_handle;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  };
  uv_write_t write_request;
  std::array<BlockPool::BlockPtr, kMaxInFlight> in_flight;
  Stream* stream = nullptr;
  std::size_t& open_sockets;  // the loop's count

  static SocketPtr make_tcp(EventLoop& loop);
  static SocketPtr make_pipe(EventLoop& loop);

  static void on_alloc(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer);
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer);
  static void on_written(uv_write_t* request, int status);

 private:
  explicit SocketHandle(std::size_t& count) : open_sockets(count) { ++open_sockets; }
};

}  // namespace brink::http
