#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/http/stream.h"
#include "core/http/upstream.h"
#include "core/loop/turn_task.h"

namespace brink::http {

/// Hears how connecting went: one of the two, once, never within Connector::start().
class ConnectorEvents {
 public:
  virtual ~ConnectorEvents() = default;
  virtual void on_connected(SocketPtr socket) = 0;
  /// kOriginUnreachable.
  virtual void on_connect_failed(const Error& error) = 0;
};

/// Resolves a name (not for a numeric address) and tries its addresses in turn. Owned by a
/// connection; destroying it cancels. On the loop's thread; libuv resolves on its own threads.
class Connector final : private TurnTask {
 public:
  Connector(EventLoop& loop, ConnectorEvents& events)
      : TurnTask(loop), loop_(loop), events_(events) {}
  ~Connector() override { cancel(); }

  /// At most once.
  void start(const Authority& authority);
  void cancel();

 private:
  struct Lookup;
  struct Attempt;

  void resolve();
  void resolved(int status, const addrinfo* found);
  void try_next();
  void connected(int status);
  void run_turn_task() override;

  EventLoop& loop_;
  ConnectorEvents& events_;
  Authority authority_;
  std::vector<sockaddr_storage> addresses_;
  std::size_t next_ = 0;
  SocketPtr socket_;
  Lookup* lookup_ = nullptr;
  Attempt* attempt_ = nullptr;
  int last_error_ = 0;
};

}  // namespace brink::http
