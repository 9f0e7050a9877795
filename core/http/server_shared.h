#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/http/connection_counts.h"
#include "core/http/deadline_list.h"
#include "core/http/descriptor_budget.h"
#include "core/http/head_writer.h"
#include "core/http/message_parser.h"
#include "core/http/request_head.h"
#include "core/http/server.h"
#include "core/http/stream.h"

namespace brink::http {

class ServerConnection;

/// What a connection needs from a request's first byte to the end of its response, and not while it
/// idles. Lent by ServerShared, so that its memory is used again by other connections.
struct RequestScratch {
  RawHead raw;
  RequestHead head;
  HeadStorage head_storage;
  std::string stash;  // received, not parsed yet: the body's rest, or the next requests
  std::size_t stash_begin = 0;

  std::string_view stashed() const { return std::string_view(stash).substr(stash_begin); }
};

/// What the connections of one Server share. Owned by the Server; on the loop's thread.
struct ServerShared : StreamShared {
  static constexpr std::uint64_t kLingerMs = 1000;
  /// In a drain: for the first request of a connection, and for one that was sent on a kept
  /// connection before its client could know.
  static constexpr std::uint64_t kFirstRequestMs = 1000;
  static constexpr std::uint64_t kLastRequestMs = 50;
  /// How long an answer may be silent for a client that has shut its side: it may have left.
  static constexpr std::uint64_t kHalfClosedMs = 1000;

  ServerShared(EventLoop& event_loop, const ServerOptions& server_options,
               RequestHandler& request_handler)
      : StreamShared(event_loop),
        options(server_options),
        handler(request_handler),
        idle_deadlines(event_loop, options.keep_alive_timeout_ms),
        head_deadlines(event_loop, options.head_timeout_ms),
        body_deadlines(event_loop, options.body_timeout_ms),
        linger_deadlines(event_loop, kLingerMs),
        first_request_deadlines(event_loop, kFirstRequestMs),
        last_request_deadlines(event_loop, kLastRequestMs),
        half_closed_deadlines(event_loop, kHalfClosedMs) {
    if (options.descriptors != nullptr) options.descriptors->add_idle(idle_deadlines);
  }
  ~ServerShared() {
    if (options.descriptors != nullptr) options.descriptors->remove_idle(idle_deadlines);
  }

  std::unique_ptr<RequestScratch> take_scratch();
  void give_back(std::unique_ptr<RequestScratch> scratch);

  void add(ServerConnection& connection);
  /// Deletes the connection.
  void remove(ServerConnection& connection);
  /// Calls `drained`, once, when no connection is left.
  void tell_drained();

  const ServerOptions options;
  RequestHandler& handler;
  DateCache date;
  DeadlineList idle_deadlines;
  DeadlineList head_deadlines;
  DeadlineList body_deadlines;
  DeadlineList linger_deadlines;
  DeadlineList first_request_deadlines;
  DeadlineList last_request_deadlines;
  DeadlineList half_closed_deadlines;
  ConnectionCounts counts{options.max_connections_per_address !=
                          0};  // of those that are not closed
  bool draining = false;
  std::function<void()> drained;
  std::vector<ServerConnection*> connections;  // each knows its place
  std::vector<std::unique_ptr<RequestScratch>> free_scratch;
};

}  // namespace brink::http
