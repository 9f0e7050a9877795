#pragma once

#include <cstdlib>
#include <string>

#include "core/http/server.h"

namespace brink::proxy {

/// A client that has sent `head` and waits.
struct FakeClient final : http::ServerExchange {
  http::RequestHead head;
  std::string ip = "192.0.2.1";
  const http::RequestHead& request() const override { return head; }
  http::IncomingBody* request_body() override { return nullptr; }
  std::string_view client_ip() const override { return ip; }
  bool secure() const override { return false; }
  void set_observer(http::ServerExchangeObserver*) override {}
  void send_interim(std::uint16_t, HeaderSpan) override {}
  http::OutgoingBody& respond(const http::ResponseToSend&) override { std::abort(); }
  bool responded() const override { return false; }
};

}  // namespace brink::proxy
