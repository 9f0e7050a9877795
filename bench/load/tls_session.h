#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

using SSL = struct ssl_st;
using SSL_CTX = struct ssl_ctx_st;
using SSL_SESSION = struct ssl_session_st;

namespace brink::load {

struct TlsOptions {
  std::string server_name;  ///< for SNI and the certificate; an address is not sent as SNI
  std::string ca_file;      ///< empty: the system's
  bool insecure = false;    ///< any certificate will do
};

/// What the TLS connections of one loop share: settings, and the session that new connections
/// resume. Outlives them; on the loop's thread.
class TlsContext {
 public:
  /// Error: kUsage, for a file that holds no certificates.
  static Result<std::unique_ptr<TlsContext>> make(const TlsOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsSession;
  explicit TlsContext(const TlsOptions& options);
  static int keep_session(SSL* ssl, SSL_SESSION* session);

  const TlsOptions options_;
  const bool name_is_address_;
  SSL_CTX* context_;
  SSL_SESSION* session_ = nullptr;  // the newest
};

/// The client's side of TLS for one connection, between memory and memory: whoever owns the socket
/// moves the bytes. Offers http/1.1 by ALPN. On the loop's thread.
class TlsSession {
 public:
  enum class Handshake : std::uint8_t { kDone, kGoesOn, kFailed };

  explicit TlsSession(TlsContext& context);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Takes bytes from the socket.
  void feed(std::string_view encrypted);
  /// Goes on as far as the bytes allow. Afterwards look at outgoing().
  Handshake handshake();
  /// Encrypts; false: the connection can't be used any more.
  bool write(std::string_view plain);
  /// Decrypts what is there into `plain`: its size, 0 when there is no more, -1 for an error.
  std::ptrdiff_t read(std::span<char> plain);
  /// What is to be sent; valid until the next call of another function.
  std::string_view outgoing() const;
  /// All of outgoing() was taken.
  void sent();
  bool resumed() const;
  /// After a failure: why.
  std::string error() const;

 private:
  SSL* ssl_;
  int result_ = 1;  // of the call that failed
};

}  // namespace brink::load
