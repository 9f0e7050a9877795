#include "bench/load/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "core/base/ip_address.h"

namespace brink::load {
namespace {

void check(bool made) {
  if (made) return;
  std::fputs("brink-bench: OpenSSL has no memory or is not set up\n", stderr);
  std::abort();
}

// The newest of OpenSSL's queued errors, which it empties.
std::string queued_error() {
  unsigned long newest = 0;
  while (const unsigned long code = ERR_get_error()) newest = code;
  if (newest == 0) return "TLS failed";
  const char* reason = ERR_reason_error_string(newest);
  std::array<char, 160> text;
  ERR_error_string_n(newest, text.data(), text.size());
  return reason != nullptr ? reason : text.data();
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::make(const TlsOptions& options) {
  std::unique_ptr<TlsContext> context(new TlsContext(options));
  if (!options.ca_file.empty()) {
    if (SSL_CTX_load_verify_file(context->context_, options.ca_file.c_str()) != 1) {
      return fail(ErrorCode::kUsage, options.ca_file + ": " + queued_error());
    }
  } else {
    SSL_CTX_set_default_verify_paths(context->context_);
  }
  return context;
}

TlsContext::TlsContext(const TlsOptions& options)
    : options_(options),
      name_is_address_(IpAddress::parse(options.server_name).has_value()),
      context_(SSL_CTX_new(TLS_client_method())) {
  check(context_ != nullptr);
  SSL_CTX_set_app_data(context_, this);
  SSL_CTX_set_verify(context_, options.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  // Thousands of idle connections need no buffers.
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context_,
                                 SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context_, keep_session);
  constexpr std::array<unsigned char, 9> kAlpn = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(context_, kAlpn.data(), kAlpn.size());
}

TlsContext::~TlsContext() {
  SSL_SESSION_free(session_);
  SSL_CTX_free(context_);
}

int TlsContext::keep_session(SSL* ssl, SSL_SESSION* session) {
  auto* self = static_cast<TlsContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  SSL_SESSION_free(std::exchange(self->session_, session));
  return 1;  // it is ours now
}

TlsSession::TlsSession(TlsContext& context) : ssl_(SSL_new(context.context_)) {
  check(ssl_ != nullptr);
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  check(in != nullptr && out != nullptr);
  BIO_set_mem_eof_return(in, -1);  // empty means later, not the end
  SSL_set_bio(ssl_, in, out);
  SSL_set_connect_state(ssl_);
  const std::string& name = context.options_.server_name;
  if (context.name_is_address_) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), name.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl_, name.c_str());
    SSL_set1_host(ssl_, name.c_str());
  }
  if (context.session_ == nullptr) return;
  // A copy: OpenSSL takes a session of TLS 1.3 for used up after one connection, and a server need
  // not send a new one with each.
  SSL_SESSION* copy = SSL_SESSION_dup(context.session_);
  check(copy != nullptr);
  SSL_set_session(ssl_, copy);
  SSL_SESSION_free(copy);
}

TlsSession::~TlsSession() {
  // A connection that was reset leaves a session that may still be resumed.
  SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_free(ssl_);
}

void TlsSession::feed(std::string_view encrypted) {
  BIO_write(SSL_get_rbio(ssl_), encrypted.data(), static_cast<int>(encrypted.size()));
}

TlsSession::Handshake TlsSession::handshake() {
  result_ = SSL_do_handshake(ssl_);
  if (result_ == 1) return Handshake::kDone;
  return SSL_get_error(ssl_, result_) == SSL_ERROR_WANT_READ ? Handshake::kGoesOn
                                                             : Handshake::kFailed;
}

bool TlsSession::write(std::string_view plain) {
  while (!plain.empty()) {
    const auto size = static_cast<int>(std::min<std::size_t>(plain.size(), INT_MAX));
    result_ = SSL_write(ssl_, plain.data(), size);
    if (result_ <= 0) return false;
    plain.remove_prefix(static_cast<std::size_t>(result_));
  }
  return true;
}

std::ptrdiff_t TlsSession::read(std::span<char> plain) {
  result_ = SSL_read(ssl_, plain.data(), static_cast<int>(plain.size()));
  if (result_ > 0) return result_;
  const int error = SSL_get_error(ssl_, result_);
  // After close_notify the end of the socket follows, which says the same.
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

std::string_view TlsSession::outgoing() const {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(SSL_get_wbio(ssl_), &bytes);
  return size > 0 ? std::string_view(bytes, static_cast<std::size_t>(size)) : std::string_view();
}

void TlsSession::sent() { (void)BIO_reset(SSL_get_wbio(ssl_)); }

bool TlsSession::resumed() const { return SSL_session_reused(ssl_) == 1; }

std::string TlsSession::error() const {
  if (const long verdict = SSL_get_verify_result(ssl_);
      verdict != X509_V_OK && SSL_get_verify_mode(ssl_) != SSL_VERIFY_NONE) {
    ERR_clear_error();
    return std::string("the certificate is not accepted: ") +
           X509_verify_cert_error_string(verdict);
  }
  return queued_error();
}

}  // namespace brink::load
