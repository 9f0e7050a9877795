#include "core/http/connector.h"

#include <netdb.h>
#include <netinet/in.h>

#include <cstring>
#include <utility>

#include "core/http/socket_handle.h"

namespace brink::http {

// libuv needs its requests until their callbacks, which come after a cancel, too.
struct Connector::Lookup {
  uv_getaddrinfo_t request;
  Connector* connector;
};
struct Connector::Attempt {
  uv_connect_t request;
  Connector* connector;
};

void Connector::start(const Authority& authority) {
  authority_ = authority;
  sockaddr_storage address{};
  const char* host = authority_.host.c_str();
  if (uv_ip4_addr(host, authority_.port, reinterpret_cast<sockaddr_in*>(&address)) == 0 ||
      uv_ip6_addr(host, authority_.port, reinterpret_cast<sockaddr_in6*>(&address)) == 0) {
    addresses_.push_back(address);
    return try_next();
  }
  resolve();
}

void Connector::cancel() {
  if (lookup_ != nullptr) {
    lookup_->connector = nullptr;
    uv_cancel(reinterpret_cast<uv_req_t*>(&lookup_->request));
    lookup_ = nullptr;
  }
  if (attempt_ != nullptr) {
    attempt_->connector = nullptr;
    attempt_ = nullptr;
  }
  socket_.reset();
}

void Connector::resolve() {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  lookup_ = new Lookup{.request = {}, .connector = this};
  lookup_->request.data = lookup_;
  const auto done = [](uv_getaddrinfo_t* request, int status, addrinfo* found) {
    const std::unique_ptr<Lookup> lookup(static_cast<Lookup*>(request->data));
    if (lookup->connector != nullptr) lookup->connector->resolved(status, found);
    uv_freeaddrinfo(found);
  };
  last_error_ = uv_getaddrinfo(loop_.raw(), &lookup_->request, done, authority_.host.c_str(),
                               nullptr, &hints);
  if (last_error_ == 0) return;
  // A name that is too long or not valid.
  delete std::exchange(lookup_, nullptr);
  schedule();
}

void Connector::resolved(int status, const addrinfo* found) {
  lookup_ = nullptr;
  last_error_ = status;
  for (const addrinfo* entry = found; status == 0 && entry != nullptr; entry = entry->ai_next) {
    sockaddr_storage address{};
    std::memcpy(&address, entry->ai_addr, entry->ai_addrlen);
    // sin_port and sin6_port are at the same place.
    reinterpret_cast<sockaddr_in*>(&address)->sin_port = htons(authority_.port);
    addresses_.push_back(address);
  }
  try_next();
}

void Connector::try_next() {
  while (next_ < addresses_.size()) {
    socket_ = SocketHandle::make_tcp(loop_);
    attempt_ = new Attempt{.request = {}, .connector = this};
    attempt_->request.data = attempt_;
    const auto done = [](uv_connect_t* request, int status) {
      const std::unique_ptr<Attempt> attempt(static_cast<Attempt*>(request->data));
      if (attempt->connector != nullptr) attempt->connector->connected(status);
    };
    const auto* address = reinterpret_cast<const sockaddr*>(&addresses_[next_++]);
    last_error_ = uv_tcp_connect(&attempt_->request, &socket_->tcp, address, done);
    if (last_error_ == 0) return;
    delete std::exchange(attempt_, nullptr);
    socket_.reset();
  }
  schedule();
}

void Connector::connected(int status) {
  attempt_ = nullptr;
  last_error_ = status;
  if (status != 0) {
    socket_.reset();
    return try_next();
  }
  uv_tcp_nodelay(&socket_->tcp, 1);
  events_.on_connected(std::move(socket_));
}

void Connector::run_turn_task() {
  const char* why = last_error_ == 0 ? "the name has no address" : uv_strerror(last_error_);
  events_.on_connect_failed(
      {ErrorCode::kOriginUnreachable, "cannot connect to " + authority_.host + ":" +
                                          std::to_string(authority_.port) + ": " + why});
}

}  // namespace brink::http
