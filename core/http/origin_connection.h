#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/body_reader.h"
#include "core/http/connector.h"
#include "core/http/deadline_list.h"
#include "core/http/message_parser.h"
#include "core/http/response_head.h"
#include "core/http/stream.h"
#include "core/http/upstream_request.h"
#include "core/http/upstream_shared.h"
#include "core/loop/turn_task.h"

namespace brink::http {

/// One connection to an origin, one request at a time. Owned by the pool's list; deletes itself
/// through it at the end of a turn, never in the middle of a call. On the loop's thread.
class OriginConnection final : private StreamEvents,
                               private BodySink,
                               private BodyReaderOwner,
                               private ConnectorEvents,
                               private Deadline,
                               private TurnTask {
 public:
  OriginConnection(UpstreamShared& shared, OriginHost& host);
  /// A request that is left hears nothing.
  ~OriginConnection() override;

  /// Sends a request. When the connection is new, once it stands.
  void begin(UpstreamRequestImpl& request, std::string_view head_text);
  /// Fails the request later in this turn.
  void begin_failed(UpstreamRequestImpl& request, Error error);
  /// The request was destroyed.
  void abandon();
  void wake() { schedule(); }
  /// Idle: closes.
  void close();
  /// Idle: the origin has neither closed it nor sent anything, as far as the kernel knows.
  bool looks_alive() const;

  OriginHost& host() { return host_; }
  std::size_t place = 0;  ///< in UpstreamShared::connections

 private:
  enum class State : std::uint8_t { kNew, kConnecting, kActive, kIdle, kClosed };
  enum class Phase : std::uint8_t { kHead, kBody, kDone };

  // ConnectorEvents
  void on_connected(SocketPtr socket) override;
  void on_connect_failed(const Error& error) override;
  // StreamEvents
  void on_stream_bytes(std::string_view bytes) override;
  void on_stream_end(int status) override;
  void on_stream_progress() override;
  // BodySink, BodyReaderOwner
  bool on_body_bytes(std::string_view bytes) override;
  std::string_view unparsed() const override { return {}; }
  void on_body_wish() override { schedule(); }
  // Deadline, TurnTask
  void on_deadline() override;
  void run_turn_task() override;

  bool can_parse() const;
  void parse(std::string_view bytes);
  void parse_stash();
  void take_head(bool more_bytes);
  void take_interim();
  void end_response(bool more_bytes);
  bool discard_costs_too_much() const;
  bool reusable() const;
  void release();
  void serve_writer();

  void fail(const Error& error);
  bool repeat();
  UpstreamRequestImpl* unlink();
  Error closed_error(int status) const;
  void settle();
  void update_deadline();
  void keep_deadline(DeadlineList& list);

  UpstreamShared& shared_;
  OriginHost& host_;
  Stream stream_;
  MessageParser parser_;
  BodyReader reader_;
  std::optional<Connector> connector_;
  UpstreamRequestImpl* request_ = nullptr;
  RawHead raw_;
  ResponseHead head_;
  std::string stash_;  // received while the body rests
  std::size_t stash_begin_ = 0;
  State state_ = State::kNew;
  Phase phase_ = Phase::kHead;
  ResponseFraming framing_ = ResponseFraming::kNone;
  bool keep_alive_ = false;
  bool reused_ = false;
  bool answered_ = false;  // a byte of the response has come
  bool parse_due_ = false;
  bool in_callback_ = false;  // on_response() of a complete response is running
  std::size_t unsent_seen_ = 0;
  std::size_t discarded_bytes_ = 0;
  unsigned interims_ = 0;          // of this request
  std::size_t interim_bytes_ = 0;  // all of them together
  std::optional<Error> failure_;   // to be told in the turn task
};

}  // namespace brink::http
