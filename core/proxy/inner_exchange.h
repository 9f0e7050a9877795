#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/arena.h"
#include "core/http/body_pipe.h"
#include "core/http/server.h"
#include "core/http/upstream.h"
#include "core/loop/turn_task.h"

namespace brink::proxy {

/// A request that this front makes of itself: who serves it sees a client's exchange, who made it
/// hears what an origin's connection would say. Neither is called within a call of the other. Keeps
/// itself while it is being served, else is held by who made it; on the loop's thread.
class InnerExchange final : public std::enable_shared_from_this<InnerExchange>,
                            public http::ServerExchange,
                            TurnTask {
 public:
  struct From {
    std::string_view host;  ///< canonical
    std::string_view client_ip;
    bool secure = false;
    /// Times that what it is part of came through brink before.
    unsigned hops = 0;
    std::shared_ptr<http::OwnRequests> own_requests;
  };

  /// Copies `head` and `from`. The target need not be normal, and the host is that of `from`.
  InnerExchange(EventLoop& loop, http::RequestHandler& requests, const http::RequestToSend& head,
                const From& from, http::UpstreamObserver& observer);

  /// Has it served, in a later step of the turn.
  void begin();
  /// Who made it wants no more: its observer hears nothing from here on.
  void abandon();
  http::OutgoingBody& request_writer() { return request_body_->writer(); }

  const http::RequestHead& request() const override { return head_; }
  http::IncomingBody* request_body() override;
  std::string_view client_ip() const override { return client_ip_; }
  bool secure() const override { return secure_; }
  void set_observer(http::ServerExchangeObserver* observer) override { server_ = observer; }
  void send_interim(std::uint16_t, HeaderSpan) override {}
  http::OutgoingBody& respond(const http::ResponseToSend& head) override;
  bool responded() const override { return response_body_ != nullptr; }
  std::shared_ptr<http::OwnRequests> own_requests() const override { return own_requests_; }

 private:
  enum class State : std::uint8_t { kNew, kServed, kOver };

  void copy_request(const http::RequestToSend& head, const From& from);
  std::shared_ptr<http::BodyPipe> make_pipe(http::BodyLength length, ErrorCode broken);
  void run_turn_task() override;
  void serve();
  void tell_response();
  /// What has become of the bodies? Never within a call of either side.
  void look();
  bool over() const;
  void end_served();

  EventLoop& loop_;
  http::RequestHandler& requests_;
  http::UpstreamObserver* maker_;  // nullptr: wants no more
  http::ServerExchangeObserver* server_ = nullptr;
  std::shared_ptr<InnerExchange> self_;  // while it is being served
  State state_ = State::kNew;

  Arena arena_;
  http::RequestHead head_;
  std::string normal_target_;
  std::optional<Error> refusal_;
  const std::string client_ip_;
  const bool secure_;
  const std::shared_ptr<http::OwnRequests> own_requests_;
  std::shared_ptr<http::BodyPipe> request_body_;

  http::ResponseHead response_;
  bool response_told_ = false;
  std::shared_ptr<http::BodyPipe> response_body_;
};

}  // namespace brink::proxy
