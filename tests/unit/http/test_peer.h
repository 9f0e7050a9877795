#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/loop/event_loop.h"

namespace brink::http::test {

/// Runs the loop until `done` says so. False after ten seconds, which no test should need.
bool run_until(EventLoop& loop, const std::function<bool()>& done);

/// What this process has in memory: its resident pages, or under a sanitizer what is allocated.
std::size_t bytes_in_use();

/// Runs a few turns: for showing that something does not happen.
void run_turns(EventLoop& loop, int turns = 20);

/// The other end of a connection, as a plain socket that reads and writes only when told to.
class Peer {
 public:
  Peer(EventLoop& loop, int fd) : loop_(loop), fd_(fd) {}
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// Connects to "127.0.0.1:port" or "unix:/path".
  static std::unique_ptr<Peer> connect(EventLoop& loop, const std::string& address);

  /// Writes all of it, running the loop while the socket is full.
  void send(std::string_view bytes);
  /// What the socket takes at once.
  std::size_t send_some(std::string_view bytes);
  /// Reads until the received text ends with, or has, the given one.
  bool wait_for(std::string_view text);
  /// Reads until the other side closes; false when it does not.
  bool wait_for_end();
  /// What has arrived; does not run the loop.
  const std::string& received();
  /// Takes so much off the socket, if it is there, and forgets it. Does not run the loop.
  std::size_t read_at_most(std::size_t bytes);
  void clear() { received_.clear(); }
  bool ended() const { return ended_; }
  bool was_reset() const { return reset_; }
  void shut_down();
  void close();
  /// Closes with RST.
  void reset();
  void set_small_buffers();

 private:
  void read_some();

  EventLoop& loop_;
  int fd_;
  std::string received_;
  bool ended_ = false;
  bool reset_ = false;
};

/// A listening socket that accepts when told to.
class Listener {
 public:
  explicit Listener(EventLoop& loop);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const { return port_; }
  /// Waits for a connection; nullptr when none comes.
  std::unique_ptr<Peer> accept();
  /// A connection that waits already, or nullptr.
  std::unique_ptr<Peer> try_accept();

 private:
  EventLoop& loop_;
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace brink::http::test
