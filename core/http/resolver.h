#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/loop/event_loop.h"

namespace brink::http {

/// Finds the addresses of names. On the loop's thread.
class Resolver {
 public:
  /// One question. Destroying it cancels: then `done` is not called any more.
  class Lookup {
   public:
    virtual ~Lookup() = default;
  };
  /// `status` is libuv's; the addresses have port 0.
  using Done = std::function<void(int status, std::vector<sockaddr_storage> addresses)>;

  virtual ~Resolver() = default;
  /// Calls `done` once, never before this returns. `done` may destroy the lookup.
  virtual std::unique_ptr<Lookup> resolve(const std::string& host, Done done) = 0;

  /// Nothing answers at the host's addresses: ask anew, where they are remembered.
  virtual void forget(const std::string& host) { static_cast<void>(host); }

  /// getaddrinfo(3) on libuv's threads.
  static std::unique_ptr<Resolver> system(EventLoop& loop);
};

}  // namespace brink::http
