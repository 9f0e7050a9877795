#include "sandbox/outgoing_streams.h"

#include <algorithm>

namespace brink::sandbox {

void OutgoingStreams::open(ipc::StreamRef ref, RequestState& request) {
  streams_.emplace(key(ref), Stream{.request = request.id});
  ++request.open_streams;
}

void OutgoingStreams::send(ipc::StreamRef ref, Stream& stream, std::span<const char> bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), ipc::kMaxChunk_bytes));
    outbox_.send(ref.id, ipc::StreamChunk{.kind = ref.kind,
                                          .state = ipc::ChunkState::kMore,
                                          .bytes = {piece.data(), piece.size()}});
    stream.window -= static_cast<std::int64_t>(piece.size());
    bytes = bytes.subspan(piece.size());
  }
}

OutgoingStreams::Streams::iterator OutgoingStreams::close(Streams::iterator stream,
                                                          ipc::ChunkState state,
                                                          std::string_view error) {
  const ipc::StreamRef ref = ref_of(stream->first);
  if (!stream->second.gone)
    outbox_.send(ref.id, ipc::StreamChunk{.kind = ref.kind, .state = state, .bytes = error});
  if (RequestState* request = requests_.find(stream->second.request)) --request->open_streams;
  return streams_.erase(stream);
}

std::optional<std::int64_t> OutgoingStreams::write(ipc::StreamRef ref,
                                                   std::span<const char> bytes) {
  const auto found = streams_.find(key(ref));
  if (found == streams_.end() || found->second.end) return std::nullopt;
  Stream& stream = found->second;
  if (stream.gone) return -1;
  std::size_t fits = 0;
  if (stream.queued.empty() && stream.window > 0) {
    fits = std::min(bytes.size(), static_cast<std::size_t>(stream.window));
    send(ref, stream, bytes.first(fits));
  }
  stream.queued.append(bytes.data() + fits, bytes.size() - fits);
  return stream.queued.empty()
             ? stream.window
             : -static_cast<std::int64_t>(stream.queued.size() - stream.queued_sent);
}

bool OutgoingStreams::end(ipc::StreamRef ref, ipc::ChunkState state, std::string_view error) {
  const auto found = streams_.find(key(ref));
  if (found == streams_.end() || found->second.end) return false;
  if (found->second.queued.empty() || state == ipc::ChunkState::kError) {
    close(found, state, error);
  } else {
    found->second.end = state;
  }
  return true;
}

std::optional<std::uint32_t> OutgoingStreams::request_of(ipc::StreamRef ref) const {
  const auto found = streams_.find(key(ref));
  if (found == streams_.end()) return std::nullopt;
  return found->second.request;
}

void OutgoingStreams::reader_gone(ipc::StreamRef ref) {
  const auto found = streams_.find(key(ref));
  if (found == streams_.end()) return;
  found->second.gone = true;
  found->second.queued = {};
  if (found->second.end) close(found, *found->second.end);
}

std::optional<std::int64_t> OutgoingStreams::grow(ipc::StreamRef ref, const ipc::Window& window) {
  const auto found = streams_.find(key(ref));
  if (found == streams_.end() || found->second.gone) return std::nullopt;
  Stream& stream = found->second;
  if (window.gone) {
    const bool writing = !stream.end;
    reader_gone(ref);
    return writing ? std::optional<std::int64_t>(-1) : std::nullopt;
  }
  const bool waiting = stream.window <= 0 || !stream.queued.empty();
  stream.window += window.added_bytes;
  if (!stream.queued.empty() && stream.window > 0) {
    const std::span<const char> rest = std::span(stream.queued).subspan(stream.queued_sent);
    const std::size_t fits = std::min(rest.size(), static_cast<std::size_t>(stream.window));
    send(ref, stream, rest.first(fits));
    stream.queued_sent += fits;
    if (fits == rest.size()) {
      stream.queued.clear();
      stream.queued_sent = 0;
    }
  }
  if (!stream.queued.empty()) return std::nullopt;
  if (stream.end) {
    close(found, *stream.end);
    return std::nullopt;
  }
  if (!waiting || stream.window <= 0) return std::nullopt;
  return stream.window;
}

void OutgoingStreams::abort_all(std::uint32_t request, std::string_view error) {
  for (auto at = streams_.begin(); at != streams_.end();) {
    at = at->second.request == request ? close(at, ipc::ChunkState::kError, error) : std::next(at);
  }
}

void OutgoingStreams::abort_unended(std::uint32_t request) {
  for (auto at = streams_.begin(); at != streams_.end();) {
    const bool left = at->second.request == request && !at->second.end;
    at = left ? close(at, ipc::ChunkState::kError) : std::next(at);
  }
}

}  // namespace brink::sandbox
