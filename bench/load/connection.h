#pragma once

#include <sys/socket.h>
#include <uv.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bench/load/request_mix.h"
#include "bench/load/response_reader.h"
#include "bench/load/tls_session.h"
#include "core/loop/event_loop.h"

namespace brink::load {

/// Why a request got no answer.
enum class FailureKind : std::uint8_t {
  kConnect,   ///< refused, unreachable, or not accepted in time
  kReset,     ///< the connection ended before the answer did
  kTimeout,   ///< no whole answer in time
  kProtocol,  ///< the answer is not HTTP/1.1
  kTls,
};
inline constexpr std::size_t kFailureKinds = 5;
inline constexpr std::array<std::string_view, kFailureKinds> kFailureNames = {
    "connect", "reset", "timeout", "protocol", "tls"};

class Connection;

/// Hears the connections of a loop. Any of these may send on the connection, or close it.
class ConnectionEvents {
 public:
  virtual ~ConnectionEvents() = default;
  /// open() has come through.
  virtual void on_open(Connection& connection, std::uint64_t now_ns) = 0;
  /// The request has its whole answer; the connection takes the next.
  virtual void on_answer(Connection& connection, std::uint16_t status, std::uint64_t now_ns) = 0;
  /// The connection is closed, and with it the request that it carried, if busy() was true.
  virtual void on_failure(Connection& connection, FailureKind kind, std::string_view why,
                          bool was_busy, std::uint64_t now_ns) = 0;
};

/// What the connections of one loop share. Outlives them; on the loop's thread.
struct ConnectionShared {
  static constexpr std::size_t kReadBytes = 256 * 1024;

  EventLoop& loop;
  ConnectionEvents& events;
  sockaddr_storage address;
  TlsContext* tls = nullptr;  ///< nullptr: plain. Not owned.
  bool keep_alive = true;
  std::uint64_t bytes_read = 0;  ///< from sockets, TLS included
  std::uint64_t bytes_written = 0;
  std::unique_ptr<char[]> read_buffer = std::make_unique_for_overwrite<char[]>(kReadBytes);
  std::unique_ptr<char[]> plain_buffer = std::make_unique_for_overwrite<char[]>(kReadBytes);
};

/// One client: sends a request, reads the answer, one after the other; connects again when it has
/// to. One write and one read of the socket for a small request, and no allocation but for a new
/// socket. Owned by a loop and used on its thread.
class Connection {
 public:
  explicit Connection(ConnectionShared& shared) : shared_(shared) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Connects, for a request that will come.
  void open(std::uint64_t now_ns);
  /// Sends, connecting first when it must. `request` must outlive it; not while busy().
  void send(const PreparedRequest& request, std::uint64_t due_ns, std::uint64_t now_ns);
  /// Closes, and forgets the request.
  void close();
  /// Ends what takes too long: kTimeout, or kConnect.
  void time_out(std::uint64_t now_ns);

  bool busy() const { return request_ != nullptr; }
  /// Neither connected nor about to be.
  bool is_closed() const { return state_ == State::kClosed; }
  bool is_ready() const { return state_ == State::kReady; }
  /// The socket that is open, or was last, could be sent on.
  bool was_ready() const { return was_ready_; }
  /// When open() or send() began, in ns.
  std::uint64_t started_ns() const { return started_ns_; }
  /// Of the last request; also within on_answer() and on_failure().
  std::uint64_t due_ns() const { return due_ns_; }
  std::uint16_t expected_status() const { return expected_status_; }
  /// Answers over the socket that is open, or was last.
  std::uint64_t answers() const { return answers_; }

 private:
  enum class State : std::uint8_t { kClosed, kConnecting, kHandshaking, kReady };
  struct Socket;

  void connect(std::uint64_t now_ns);
  void connected(int status);
  void became_ready(std::uint64_t now_ns);
  void send_request();
  void transmit(std::string_view bytes, bool copy);
  void flush_tls();
  void received(ssize_t size);
  void received_encrypted(std::string_view bytes, std::uint64_t now_ns);
  void received_plain(std::string_view bytes, std::uint64_t now_ns);
  void ended(int status, std::uint64_t now_ns);
  void answered(std::uint64_t now_ns);
  void fail(FailureKind kind, std::string_view why, std::uint64_t now_ns);

  ConnectionShared& shared_;
  Socket* socket_ = nullptr;  // frees itself once it is closed
  std::unique_ptr<TlsSession> tls_;
  ResponseReader reader_;
  State state_ = State::kClosed;
  bool was_ready_ = false;
  const PreparedRequest* request_ = nullptr;
  std::uint64_t due_ns_ = 0;
  std::uint64_t started_ns_ = 0;
  std::uint64_t answers_ = 0;
  std::uint16_t expected_status_ = 0;
};

}  // namespace brink::load
