#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "core/http/deadline_list.h"
#include "core/http/descriptor_budget.h"
#include "core/http/resolver.h"
#include "core/http/stream.h"
#include "core/http/upstream.h"

namespace brink::http {

class OriginConnection;

struct AuthorityHash {
  std::size_t operator()(const Authority& authority) const {
    return std::hash<std::string>{}(authority.host) ^ (std::size_t{authority.port} << 16);
  }
};

/// The connections to one authority. Lives while it has any.
struct OriginHost {
  explicit OriginHost(const Authority& where) : authority(where) {}

  const Authority authority;
  std::vector<OriginConnection*> idle;  // the one used last is at the back
  std::size_t connections = 0;
};

/// What the connections of one UpstreamPool share. Owned by the pool; on the loop's thread.
struct UpstreamShared : StreamShared {
  UpstreamShared(EventLoop& event_loop, const UpstreamOptions& upstream_options)
      : StreamShared(event_loop),
        options(upstream_options),
        system_resolver(options.resolver ? nullptr : Resolver::system(event_loop)),
        resolver(options.resolver ? *options.resolver : *system_resolver),
        connect_deadlines(event_loop, options.connect_timeout_ms),
        response_deadlines(event_loop, options.response_timeout_ms),
        body_deadlines(event_loop, options.body_timeout_ms),
        idle_deadlines(event_loop, options.idle_timeout_ms) {
    if (options.descriptors != nullptr) options.descriptors->add_idle(idle_deadlines);
  }
  ~UpstreamShared() {
    if (options.descriptors != nullptr) options.descriptors->remove_idle(idle_deadlines);
  }

  /// A new connection, being made.
  OriginConnection& connect(const Authority& authority);
  /// The idle connection used last; nullptr when there is none.
  OriginConnection* take_idle(const Authority& authority);
  /// Keeps a connection for the next request.
  void keep(OriginConnection& connection);
  /// An idle connection that is about to be closed.
  void forget_idle(OriginConnection& connection);
  /// Deletes the connection.
  void remove(OriginConnection& connection);

  const UpstreamOptions options;
  const std::unique_ptr<Resolver> system_resolver;
  Resolver& resolver;
  DeadlineList connect_deadlines;
  DeadlineList response_deadlines;
  DeadlineList body_deadlines;
  DeadlineList idle_deadlines;
  std::unordered_map<Authority, OriginHost, AuthorityHash> hosts;
  std::vector<OriginConnection*> connections;  // each knows its place
};

}  // namespace brink::http
