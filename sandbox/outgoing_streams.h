#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/ipc/messages.h"
#include "sandbox/outbox.h"
#include "sandbox/request_table.h"

namespace brink::sandbox {

/// Bodies that JavaScript sends: each has a window of bytes that the front is ready to take; what
/// is written past it waits here. Main thread, as long as the worker.
class OutgoingStreams {
 public:
  OutgoingStreams(Outbox& outbox, RequestTable& requests) : outbox_(outbox), requests_(requests) {}

  /// A body that its message announced as kStream. Counts as open for its request until its end is
  /// sent.
  void open(ipc::StreamRef ref, RequestState& request);
  bool is_open(ipc::StreamRef ref) const { return streams_.contains(key(ref)); }

  /// Sends or queues bytes. The window left: at <= 0 the writer has to wait; -1 when the reader is
  /// gone. nullopt: no such stream, or it is ended.
  std::optional<std::int64_t> write(ipc::StreamRef ref, std::span<const char> bytes);
  /// `error`: for kError, what happened. False: no such stream, or it is ended already.
  bool end(ipc::StreamRef ref, ipc::ChunkState state, std::string_view error = {});

  /// The request that a body belongs to; nullopt: no such stream.
  std::optional<std::uint32_t> request_of(ipc::StreamRef ref) const;
  /// The front made room. The window, as in write(), when the writer waits for it and has to be
  /// told.
  std::optional<std::int64_t> grow(ipc::StreamRef ref, const ipc::Window& window);
  /// Nobody reads the body any more: what is written to it is dropped, its end is not told.
  void reader_gone(ipc::StreamRef ref);

  /// Ends as broken what the request left open, without what still waits to be sent. `error` as in
  /// end().
  void abort_all(std::uint32_t request, std::string_view error = {});
  /// Ends as broken what the request did not end; what it ended is sent completely.
  void abort_unended(std::uint32_t request);

 private:
  struct Stream {
    std::uint32_t request = 0;
    std::int64_t window = ipc::kInitialWindow_bytes;
    std::string queued;
    std::size_t queued_sent = 0;  // of `queued`
    std::optional<ipc::ChunkState> end;
    bool gone = false;
  };
  using Streams = std::unordered_map<std::uint64_t, Stream>;

  static std::uint64_t key(ipc::StreamRef ref) {
    return std::uint64_t{static_cast<std::uint8_t>(ref.kind)} << 32 | ref.id;
  }
  static ipc::StreamRef ref_of(std::uint64_t key) {
    return {static_cast<ipc::StreamKind>(key >> 32), static_cast<std::uint32_t>(key)};
  }
  void send(ipc::StreamRef ref, Stream& stream, std::span<const char> bytes);
  Streams::iterator close(Streams::iterator stream, ipc::ChunkState state,
                          std::string_view error = {});

  Outbox& outbox_;
  RequestTable& requests_;
  Streams streams_;
};

}  // namespace brink::sandbox
