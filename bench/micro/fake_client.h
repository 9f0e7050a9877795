#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/micro/path.h"
#include "bench/micro/samples.h"
#include "core/http/message_parser.h"
#include "core/http/request_head.h"
#include "core/http/server.h"

namespace brink::bench {

/// A client's request that was received, without a connection.
class FakeClient final : public http::ServerExchange {
 public:
  explicit FakeClient(std::string_view bytes = kBrowserRequest) {
    struct NoBody : http::BodySink {
      bool on_body_bytes(std::string_view) override { return true; }
    } sink;
    http::MessageParser parser(http::MessageParser::Kind::kRequest, 32 * 1024, sink);
    parser.start(raw_);
    require(parser.parse(bytes).status == http::MessageParser::Status::kHead, "a request's head");
    require(http::read_request_head(raw_, url::EscapedSlashes::kKeep, storage_, head_).has_value(),
            "a sound request");
  }

  const http::RequestHead& request() const override { return head_; }
  http::IncomingBody* request_body() override { return nullptr; }
  std::string_view client_ip() const override { return "192.0.2.1"; }
  bool secure() const override { return false; }
  void set_observer(http::ServerExchangeObserver*) override {}
  void send_interim(std::uint16_t, HeaderSpan) override {}
  http::OutgoingBody& respond(const http::ResponseToSend&) override { std::abort(); }
  bool responded() const override { return false; }

 private:
  http::RawHead raw_;
  http::HeadStorage storage_;
  http::RequestHead head_;
};

}  // namespace brink::bench
