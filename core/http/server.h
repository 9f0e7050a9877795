#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/http/body.h"
#include "core/http/bound_socket.h"
#include "core/http/head.h"
#include "core/loop/event_loop.h"
#include "core/url/target.h"

/// The client's side of HTTP/1.1: listening, parsing, keep-alive, pipelining, framing. Knows
/// nothing of scripts or origins. All on the loop's thread.
namespace brink::http {

class DescriptorBudget;

struct ServerOptions {
  std::size_t max_head_bytes = 32 * 1024;  ///< request line and headers; above: 431
  std::uint64_t head_timeout_ms = 60'000;  ///< first byte of a request to the end of its head: 408
  std::uint64_t keep_alive_timeout_ms = 75'000;  ///< idle between requests
  url::EscapedSlashes escaped_slashes = url::EscapedSlashes::kKeep;
  bool error_detail = false;               ///< of its own error pages: see ErrorReport
  std::uint64_t body_timeout_ms = 60'000;  ///< silence within a body that is being read, or written
  /// A request's body may take body_timeout_ms and what it needs at this rate; 0: any time.
  std::uint64_t min_body_bytes_per_second = 100;
  /// Connections at a time, in all and from one address (of IPv6: from one /64); 0: any number.
  /// Where there are more, those that rest are closed, and else the new one.
  std::size_t max_connections = 0;
  std::size_t max_connections_per_address = 0;
  DescriptorBudget* descriptors = nullptr;  ///< nullptr: none. Not owned.
};

class ServerExchange;

/// How many more requests a front may make of itself for one of a client's.
struct OwnRequests {
  std::uint64_t left = 0;
};

/// Hears what happens to a request outside of its bodies.
class ServerExchangeObserver {
 public:
  virtual ~ServerExchangeObserver() = default;
  /// The client's connection is gone before the response was complete. The exchange is still valid
  /// inside this call, and is gone after it. No on_exchange_end() follows.
  virtual void on_client_gone(ServerExchange& exchange) = 0;
  /// The response was written to the socket (or the connection was closed by our own abort()).
  /// The exchange is gone after this call. bytes_sent: body bytes.
  virtual void on_exchange_end(ServerExchange& exchange, std::uint64_t bytes_sent) = 0;
};

/// One request and its response on a client connection. Owned by the connection; lives until one of
/// the observer's two calls.
class ServerExchange {
 public:
  virtual ~ServerExchange() = default;

  virtual const RequestHead& request() const = 0;
  /// nullptr when the request has no body (BodyLength none or known(0)). "100 Continue" is sent
  /// when the body is first resumed, if the client expects it.
  virtual IncomingBody* request_body() = 0;
  /// Peer address without port ("192.0.2.1", "2001:db8::1"), and whether it came over TLS.
  virtual std::string_view client_ip() const = 0;
  virtual bool secure() const = 0;

  virtual void set_observer(ServerExchangeObserver* observer) = 0;

  /// An interim 1xx response (not 101, RFC 9110 section 15.2); ignored towards HTTP/1.0, and while
  /// the client has not taken those before.
  virtual void send_interim(std::uint16_t status, HeaderSpan headers) = 0;
  /// Writes the response head; at most once. The head is held back and leaves in one writev with
  /// the first write() or the end() of the body, or at the end of this loop turn. A body for HEAD,
  /// 204 and 304 is swallowed (its framing headers are still written as they should be). The
  /// returned writer lives as long as the exchange; call end() also when there is no body.
  virtual OutgoingBody& respond(const ResponseToSend& head) = 0;
  virtual bool responded() const = 0;
  /// What all requests share that the front makes of itself for one client's; nullptr: this is a
  /// client's.
  virtual std::shared_ptr<OwnRequests> own_requests() const { return nullptr; }
};

class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  /// A request head arrived; the handler must set an observer and, sooner or later, respond.
  virtual void on_request(ServerExchange& exchange) = 0;
  /// The client sent something that is not a request; the server answers it by itself with
  /// `error`'s status and closes. For the access log. Returns the id that the answer is to have.
  virtual std::string on_bad_request(std::string_view client_ip, const Error& error) = 0;
  /// A connection was closed before its first request: kConnectionLimit, or kSystem for what
  /// accept(2) says. (For descriptors see DescriptorBudget.) `idle`: not that one, but one that
  /// rested.
  virtual void on_connection_refused(const Error& error, bool idle) {
    static_cast<void>(error), static_cast<void>(idle);
  }
};

/// Accepts connections on one address. "127.0.0.1:8080", "[::1]:0", ":8080" and "unix:/path" forms.
class Server {
 public:
  static Result<std::unique_ptr<Server>> listen(EventLoop& loop, std::string_view address,
                                                const ServerOptions& options,
                                                RequestHandler& handler);
  /// On a socket that is bound already, maybe by another process.
  static Result<std::unique_ptr<Server>> listen(EventLoop& loop, BoundSocket socket,
                                                const ServerOptions& options,
                                                RequestHandler& handler);
  virtual ~Server() = default;
  /// "127.0.0.1:43211": the real port when 0 was asked for.
  virtual std::string address() const = 0;
  /// Stops accepting. What was accepted, or waits for it, is served: running exchanges and requests
  /// that still come (within a second on a new connection, a tenth of one on a kept one) end with
  /// "Connection: close". `drained` is called once, when the last connection is closed and the
  /// listener is, never before this returns.
  virtual void drain(std::function<void()> drained) = 0;
  virtual std::size_t connection_count() const = 0;
};

}  // namespace brink::http
