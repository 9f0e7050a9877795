#pragma once

#include <sys/socket.h>

#include <memory>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/http/address_policy.h"
#include "core/http/resolver.h"
#include "core/http/stream.h"
#include "core/http/upstream.h"
#include "core/loop/turn_task.h"

namespace brink::http {

/// Hears how connecting went: one of the two, once, never within Connector::start().
class ConnectorEvents {
 public:
  virtual ~ConnectorEvents() = default;
  virtual void on_connected(SocketPtr socket) = 0;
  /// kOriginUnreachable, or the policy's refusal when that left no address.
  virtual void on_connect_failed(const Error& error) = 0;
};

/// Resolves a name (not for a numeric address), once, asks the policy for each of its addresses,
/// and tries those that it allows in turn. Owned by a connection; destroying it cancels. On the
/// loop's thread.
class Connector final : private TurnTask {
 public:
  /// `policy`: nullptr for none. All must outlive this.
  Connector(EventLoop& loop, Resolver& resolver, const AddressPolicy* policy,
            ConnectorEvents& events)
      : TurnTask(loop), loop_(loop), resolver_(resolver), policy_(policy), events_(events) {}
  ~Connector() override { cancel(); }

  /// At most once.
  void start(const Authority& authority);
  void cancel();

 private:
  struct Attempt;

  void add(sockaddr_storage address);
  void try_next();
  void connected(int status);
  void run_turn_task() override;

  EventLoop& loop_;
  Resolver& resolver_;
  const AddressPolicy* policy_;
  ConnectorEvents& events_;
  Authority authority_;
  std::vector<sockaddr_storage> addresses_;  // that the policy allows
  std::optional<Error> refusal_;             // its first
  std::size_t next_ = 0;
  SocketPtr socket_;
  std::unique_ptr<Resolver::Lookup> lookup_;
  Attempt* attempt_ = nullptr;
  int last_error_ = 0;
};

}  // namespace brink::http
