#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/http/message_parser.h"
#include "core/http/server_exchange.h"
#include "core/http/server_shared.h"
#include "core/http/stream.h"
#include "core/loop/turn_task.h"

namespace brink::http {

/// One client's connection: requests one after the other, each held back until the response before
/// it is written. Owned by the Server's list; deletes itself through it at the end of a turn, never
/// in the middle of a call. On the loop's thread.
class ServerConnection final : private StreamEvents,
                               private BodySink,
                               private ExchangeHost,
                               private Deadline,
                               private TurnTask {
 public:
  ServerConnection(ServerShared& shared, SocketPtr socket, std::string client_ip);
  ~ServerConnection() override;

  /// The server drains: closes soon when no request is going on or comes.
  void drain();
  /// The server is destroyed: says so to a running exchange, then closes.
  void abandon();

  std::size_t place = 0;  ///< in ServerShared::connections

 private:
  enum class State : std::uint8_t {
    kIdle,       ///< between requests
    kHead,       ///< a head began
    kExchange,   ///< the handler has it
    kDraining,   ///< the response is out, the rest of the request is read away
    kLingering,  ///< our side is shut; reading away so that the client sees the answer, not a reset
    kClosed,     ///< to be deleted
  };

  // StreamEvents
  void on_stream_bytes(std::string_view bytes) override;
  void on_stream_end(int status) override;
  void on_stream_progress() override;
  // BodySink
  bool on_body_bytes(std::string_view bytes) override;
  // ExchangeHost
  ServerShared& shared() override { return shared_; }
  Stream* open_stream() override { return state_ == State::kClosed ? nullptr : &stream_; }
  std::string_view client_ip() const override { return client_ip_; }
  bool request_complete() const override { return request_complete_; }
  std::string_view unparsed() const override;
  bool input_usable() const override { return !input_ended_ && !request_broken_; }
  void wake() override { schedule(); }
  // Deadline, TurnTask
  void on_deadline() override;
  void run_turn_task() override;

  bool can_parse();
  std::size_t parse(std::string_view bytes);
  void take_step(MessageParser::Step step);
  void stash(std::string_view bytes);
  bool stash_empty() const { return scratch_ == nullptr || scratch_->stashed().empty(); }
  void parse_stash();
  void begin_head();
  void begin_exchange();
  void message_error(const Error& error);
  void answer_bad_request(const Error& error);

  void serve_exchange();
  void end_exchange();
  void next_request();
  void client_gone(const Error& error);
  void linger();
  void close();
  void settle();
  void update_reading();
  void update_deadline();
  void keep_deadline(DeadlineList& list);
  DeadlineList& drain_deadlines();
  void exchange_stalled();
  void body_stalled(std::string message);
  bool reading_body();
  void keep_body_time();
  bool body_too_slow() const;
  /// The client has sent its request and shut its side: it waits for the answer, or has left.
  bool half_closed() const { return input_ended_ && request_complete_; }
  void watch_half_closed();

  ServerShared& shared_;
  Stream stream_;
  MessageParser parser_;
  ServerExchangeImpl exchange_;
  std::unique_ptr<RequestScratch> scratch_;
  const std::string client_ip_;
  State state_ = State::kIdle;
  bool had_request_ = false;
  bool waited_ = false;  // in a drain, for a request
  bool request_complete_ = false;
  bool request_broken_ = false;  // its bytes can't be told from those of the next request
  bool input_ended_ = false;
  bool parse_due_ = false;  // the parser stopped between bytes
  bool shut_down_ = false;
  std::string_view parsing_;  // in parse(): what is left of its bytes
  std::size_t dropped_bytes_ = 0;
  std::size_t unsent_seen_ = 0;
  std::size_t unacknowledged_seen_ = 0;
  std::uint64_t sent_seen_ = 0;
  std::uint64_t body_bytes_ = 0;        // of the request, framing included
  std::uint64_t reading_ms_ = 0;        // that its body was read for, up to the last pause
  std::uint64_t reading_since_ms_ = 0;  // 0: it is not being read
};

}  // namespace brink::http
