#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "core/base/result.h"
#include "core/http/bound_socket.h"
#include "core/ipc/descriptors.h"
#include "core/loop/event_loop.h"
#include "core/loop/poll.h"

namespace brink::supervise {

/// What master and cell say to each other over their socket (SOCK_SEQPACKET), a byte each.
enum class CellMessage : std::uint8_t {
  kListening = 'l',  ///< cell -> master
  kDrain = 'd',      ///< master -> cell: end, when running requests have
  kReopenLogs = 'r'  ///< master -> cell
};

/// One of several fronts side by side, as its own process sees it: its listening socket, and what
/// its master tells it. Signals are the master's to take; a cell ignores those that the master
/// passes on, since a terminal or a service manager sends them to both. On the thread of the cell's
/// loop, for as long as its process.
class Cell {
 public:
  struct Commands {
    std::function<void()> drain;
    std::function<void()> reopen_logs;
  };

  Cell(std::size_t number, ipc::Fd control, http::BoundSocket socket)
      : number_(number), control_(std::move(control)), socket_(std::move(socket)) {}

  std::size_t number() const { return number_; }  ///< from 1
  /// For the cell's server; once.
  http::BoundSocket take_socket() { return std::move(socket_); }

  /// Hands on what the master says and has said, for as long as the watcher lives. Does not keep
  /// the loop running.
  Result<std::unique_ptr<FdWatcher>> obey(EventLoop& loop, Commands commands);
  /// Tells the master that connections are accepted.
  void listening();

 private:
  void read_commands(const Commands& commands);

  const std::size_t number_;
  ipc::Fd control_;
  http::BoundSocket socket_;
};

}  // namespace brink::supervise
