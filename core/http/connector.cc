#include "core/http/connector.h"

#include <netinet/in.h>

#include <string>
#include <utility>

#include "core/http/socket_handle.h"

namespace brink::http {

// libuv needs its request until the callback, which comes after a cancel, too.
struct Connector::Attempt {
  uv_connect_t request;
  Connector* connector;
};

void Connector::start(const Authority& authority) {
  authority_ = authority;
  if (policy_ != nullptr) {
    if (auto allowed = policy_->check_target(authority_); !allowed) {
      refusal_ = std::move(allowed).error();
      return schedule();
    }
  }
  sockaddr_storage address{};
  const char* host = authority_.host.c_str();
  if (uv_ip4_addr(host, 0, reinterpret_cast<sockaddr_in*>(&address)) == 0 ||
      uv_ip6_addr(host, 0, reinterpret_cast<sockaddr_in6*>(&address)) == 0) {
    add(address);
    return try_next();
  }
  lookup_ = resolver_.resolve(authority_.host,
                              [this](int status, const std::vector<sockaddr_storage>& found) {
                                lookup_.reset();
                                last_error_ = status;
                                for (const sockaddr_storage& resolved : found) add(resolved);
                                try_next();
                              });
}

void Connector::add(sockaddr_storage address) {
  // sin_port and sin6_port are at the same place.
  reinterpret_cast<sockaddr_in*>(&address)->sin_port = htons(authority_.port);
  if (policy_ != nullptr) {
    const std::optional<IpAddress> ip = IpAddress::from_sockaddr(address);
    if (!ip) return;
    if (auto allowed = policy_->check_address(authority_, *ip); !allowed) {
      if (!refusal_) refusal_ = std::move(allowed).error();
      return;
    }
  }
  addresses_.push_back(address);
}

void Connector::cancel() {
  lookup_.reset();
  if (attempt_ != nullptr) {
    attempt_->connector = nullptr;
    attempt_ = nullptr;
  }
  socket_.reset();
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
  if (addresses_.empty() && refusal_) {
    const Error refusal = *std::move(refusal_);  // the listener may destroy this
    return events_.on_connect_failed(refusal);
  }
  if (!addresses_.empty()) resolver_.forget(authority_.host);
  const char* why = last_error_ == 0 ? "the name has no address" : uv_strerror(last_error_);
  events_.on_connect_failed(
      {ErrorCode::kOriginUnreachable, "cannot connect to " + authority_.host + ":" +
                                          std::to_string(authority_.port) + ": " + why});
}

}  // namespace brink::http
