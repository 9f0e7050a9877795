#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/arena.h"
#include "core/http/join.h"
#include "core/http/server.h"
#include "core/http/upstream.h"
#include "core/observe/access_log.h"
#include "core/proxy/app.h"
#include "core/proxy/body_arrival.h"
#include "core/proxy/body_tee.h"
#include "core/proxy/failure_log.h"
#include "core/proxy/request_view.h"
#include "core/proxy/script_run.h"
#include "core/proxy/web_url.h"

namespace brink::proxy {

/// One client request from its head to its access log line: runs the middleware if a matcher
/// selects the path, then a handler or the origin, and joins the bodies. Owns itself; ends with
/// on_exchange_end() or on_client_gone(). On the loop's thread.
class Exchange final : http::ServerExchangeObserver, http::UpstreamObserver, ScriptRunObserver {
 public:
  static void start(App& app, http::ServerExchange& client);
  /// Answers with the error's page.
  static void refuse(App& app, http::ServerExchange& client, const Error& error);

 private:
  enum class Stage : std::uint8_t { kMiddleware, kHandler, kOrigin };

  Exchange(App& app, http::ServerExchange& client);
  ~Exchange() override;

  // The way of a request, in order.
  void wait_for_code(void (Exchange::*then)());
  void begin();
  void run_middleware();
  void route();
  void redirect_without_slash();
  void redirect_to(std::string_view location);
  void run_handler(const RouteMatch& match);
  void rewrite(const WebUrl& to);
  void forward_to_origin();
  void forward(http::UpstreamPool& upstreams, const http::Authority& authority);
  void send_onward(http::UpstreamPool& upstreams, const http::Authority& authority);
  void run_script(std::size_t entry);
  void run_entry();
  void start_script(supervise::Worker& worker);

  // Answering.
  void respond_with_script_body(const ipc::Respond& message, const http::ResponseToSend& head);
  void pass_through(const ipc::Respond& message, http::ResponseToSend head);
  void send_body(http::SharedBody body, http::OutgoingBody& out);
  http::BodyLength length_of_whole(const ipc::Respond& message) const;
  void answer_here();
  std::uint16_t response_status(std::uint16_t from_response) const;
  std::vector<HeaderField> response_headers(HeaderSpan from_response, ResponseSource source);
  void fail(const Error& error, std::string_view event = "request failed",
            std::string_view stack = {});
  void note_broken_body(const Error& error);
  RequestLabel label() const;
  void finish(std::uint64_t sent_bytes);

  // http::ServerExchangeObserver
  void on_client_gone(http::ServerExchange& client) override;
  void on_exchange_end(http::ServerExchange& client, std::uint64_t bytes_sent) override;
  // http::UpstreamObserver
  void on_interim(std::uint16_t status, HeaderSpan headers) override;
  void on_response(const http::ResponseHead& head, http::IncomingBody* body) override;
  void on_upstream_error(const Error& error) override;
  // ScriptRunObserver
  void on_script_response(const ipc::Respond& message) override;
  void on_script_next(const ipc::Next& message) override;
  void on_script_failed(const Error& error, std::string_view stack, std::uint32_t cpu_us) override;
  void on_script_body_failed(const Error& error) override;
  void on_script_interrupted(const Error& error, bool suspect) override;
  http::SharedBody body_for_script() override;
  SiteVisit visit() const override;

  http::SharedBody request_body();
  void leave_script(bool client_gone);
  void add_cpu(std::uint32_t cpu_us) { cpu_us_ = cpu_us_.value_or(0) + cpu_us; }
  http::OutgoingBody& respond(const http::ResponseToSend& head);

  App& app_;
  http::ServerExchange& client_;
  Arena arena_;
  RequestView view_;
  std::vector<HeaderField> middleware_headers_;
  std::uint16_t next_status_ = 200;  // of the middleware's NextResponse.next()
  std::vector<HeaderField> params_;  // of the handler's route
  std::string_view id_;              // for logs, and the header x-request-id
  Stage stage_ = Stage::kOrigin;
  std::size_t entry_ = 0;

  std::shared_ptr<ScriptRun> run_;
  std::uint64_t loading_ticket_ = 0;      // for the app's code; 0: not waiting
  std::uint64_t waiting_ticket_ = 0;      // for a worker; 0: not waiting
  bool suspected_ = false;                // it may have ended a worker
  std::shared_ptr<BodyTee> tee_;          // of a body that the middleware reads
  std::unique_ptr<BodyArrival> arrival_;  // of a small body, before the origin is asked
  std::unique_ptr<http::UpstreamRequest> upstream_;
  std::unique_ptr<http::BodyJoin> request_join_;
  std::unique_ptr<http::BodyJoin> response_join_;
  http::OutgoingBody* out_ = nullptr;  // once there is a response

  // For the access log.
  std::string_view sent_target_;  // what the origin was asked for; empty: it was not
  std::uint64_t started_ns_;
  std::uint64_t started_at_us_;
  std::uint16_t status_ = 0;
  ResponseSource source_ = ResponseSource::kNone;
  std::optional<std::uint32_t> cpu_us_;
  std::optional<ErrorCode> error_;
};

}  // namespace brink::proxy
