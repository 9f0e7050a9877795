#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/http/body.h"
#include "core/http/head.h"
#include "core/loop/event_loop.h"

/// The origin's side of HTTP/1.1: name resolution, connecting, a pool of kept connections, one
/// request at a time on each. All on the loop's thread.
namespace brink::http {

/// Where a request goes. Pools are keyed by it.
struct Authority {
  std::string host;  ///< name or address, without brackets
  std::uint16_t port = 80;
  bool operator==(const Authority&) const = default;
};

class AddressPolicy;
class DescriptorBudget;
class Resolver;

struct UpstreamOptions {
  std::uint64_t connect_timeout_ms = 5'000;
  std::uint64_t response_timeout_ms = 60'000;  ///< request sent to response head
  std::uint64_t body_timeout_ms = 60'000;      ///< silence within a body
  std::uint64_t idle_timeout_ms = 60'000;      ///< a kept connection without a request
  std::size_t max_idle_per_authority = 256;
  std::size_t max_head_bytes = 64 * 1024;
  const AddressPolicy* policy = nullptr;    ///< of every new connection; nullptr: none. Not owned.
  Resolver* resolver = nullptr;             ///< nullptr: the system's. Not owned.
  DescriptorBudget* descriptors = nullptr;  ///< nullptr: none. Not owned.
};

class UpstreamObserver {
 public:
  virtual ~UpstreamObserver() = default;
  /// An interim response other than 100 and 101. Eight at most: more, or more bytes of them than
  /// one head may have, fail the request (kOriginBadResponse).
  virtual void on_interim(std::uint16_t status, HeaderSpan headers) = 0;
  /// The final head. `body` is nullptr when there is none (HEAD, 204, 304, length 0); else it rests
  /// until resumed and must be read to its end, discarded, or the request cancelled. Head and body
  /// are valid until the body's end (or until this returns, when there is no body).
  virtual void on_response(const ResponseHead& head, IncomingBody* body) = 0;
  /// No (complete) head will come: what the policy refused with, kOriginUnreachable,
  /// kOriginConnectTimeout, kOriginTimeout, kOriginClosed, kOriginBadResponse, kDescriptorLimit.
  /// Nothing further is called. Errors within the body go to its receiver.
  virtual void on_upstream_error(const Error& error) = 0;
};

/// A request on its way. Destroying it cancels whatever is still going on (its connection is closed
/// unless response and request were complete). Must outlive no pool.
class UpstreamRequest {
 public:
  virtual ~UpstreamRequest() = default;
  /// The request's body; write only when its head's BodyLength is not none. Bytes written before
  /// the connection stands are queued, and write() answers false.
  virtual OutgoingBody& body() = 0;
};

class UpstreamPool {
 public:
  static std::unique_ptr<UpstreamPool> create(EventLoop& loop, const UpstreamOptions& options);
  virtual ~UpstreamPool() = default;
  /// Copies or writes the head before it returns. A safe request without a body (GET, HEAD,
  /// OPTIONS, TRACE) whose *reused* connection turns out to be dead before the first response byte
  /// is sent once more on a fresh connection. Never calls the observer before it returns.
  virtual std::unique_ptr<UpstreamRequest> start(const Authority& authority,
                                                 const RequestToSend& head,
                                                 UpstreamObserver& observer) = 0;
  virtual void close_idle() = 0;
};

}  // namespace brink::http
