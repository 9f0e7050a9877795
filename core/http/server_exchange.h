#pragma once

#include "core/http/body_reader.h"
#include "core/http/body_writer.h"
#include "core/http/head_writer.h"
#include "core/http/server.h"
#include "core/http/server_shared.h"

namespace brink::http {

/// The part of a connection that its exchange works on.
class ExchangeHost {
 public:
  virtual ~ExchangeHost() = default;
  virtual ServerShared& shared() = 0;
  /// nullptr once the connection is closed.
  virtual Stream* open_stream() = 0;
  virtual std::string_view client_ip() const = 0;
  /// The request was received whole and in order, as far as it came.
  virtual bool request_complete() const = 0;
  virtual std::string_view unparsed() const = 0;
  virtual bool input_usable() const = 0;
  /// Asks for the connection's turn task.
  virtual void wake() = 0;
};

/// One request and its response: what the handler sees. A part of its connection, which uses it
/// again for the next request; on the loop's thread. None of the handler's calls calls the handler
/// back.
class ServerExchangeImpl final : public ServerExchange,
                                 private BodyReaderOwner,
                                 private BodyWriterOwner {
 public:
  explicit ServerExchangeImpl(ExchangeHost& host) : host_(host), reader_(*this), writer_(*this) {}

  void begin(const RequestHead& head);
  /// After the last call of the observer.
  void reset();

  BodyReader& reader() { return reader_; }
  BodyWriter& writer() { return writer_; }
  /// What the response's head said.
  bool keep_alive() const { return plan_.keep_alive; }
  bool response_complete() const { return responded_ && writer_.complete(); }
  bool response_broken() const { return responded_ && writer_.broken(); }
  /// The response is complete, and nobody waits for more of the request's body.
  bool complete() const { return response_complete() && !reader_.wanted(); }
  void tell_ended();
  /// Tells the body's receiver, the writer's observer and the exchange's observer, in this order.
  void tell_gone(const Error& error);

  const RequestHead& request() const override { return *head_; }
  IncomingBody* request_body() override { return has_body_ ? &reader_ : nullptr; }
  std::string_view client_ip() const override { return host_.client_ip(); }
  bool secure() const override { return false; }
  void set_observer(ServerExchangeObserver* observer) override { observer_ = observer; }
  void send_interim(std::uint16_t status, HeaderSpan headers) override;
  OutgoingBody& respond(const ResponseToSend& head) override;
  bool responded() const override { return responded_; }

 private:
  void on_body_wish() override;
  std::string_view unparsed() const override { return host_.unparsed(); }
  void on_writer_activity() override { host_.wake(); }
  bool owes_continue() const;
  bool may_keep_alive() const;

  ExchangeHost& host_;
  BodyReader reader_;
  BodyWriter writer_;
  const RequestHead* head_ = nullptr;
  ServerExchangeObserver* observer_ = nullptr;
  ResponsePlan plan_;
  bool has_body_ = false;
  bool responded_ = false;
  bool continue_sent_ = false;
};

}  // namespace brink::http
