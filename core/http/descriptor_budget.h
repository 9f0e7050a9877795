#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/http/deadline_list.h"
#include "core/loop/event_loop.h"

namespace brink::http {

/// Shares out the file descriptors that a front may have open (RLIMIT_NOFILE): clients leave a
/// quarter, at least 64, to origins and workers, and origins leave a few to workers and logs. When
/// somebody needs one, the kept connections without a request that have rested longest are closed
/// first. Owned by the edge, on the loop's thread.
class DescriptorBudget {
 public:
  enum class Shortage : std::uint8_t {
    kIdleClosed,  ///< a connection that rested had to go
    kRefused,     ///< there was none to close
  };

  /// `limit`: RLIMIT_NOFILE. `in_use`: what is open besides the loop's sockets: see count_open().
  /// `tell` hears of each shortage.
  DescriptorBudget(EventLoop& loop, std::size_t limit, std::size_t in_use,
                   std::function<void(Shortage)> tell);
  DescriptorBudget(const DescriptorBudget&) = delete;
  DescriptorBudget& operator=(const DescriptorBudget&) = delete;

  /// Descriptors of this process that are open now.
  static std::size_t count_open();

  /// May a client's connection that is open already stay?
  bool admit_client() { return make_room(client_reserve_); }
  /// May one more connection to an origin be made?
  bool admit_origin() { return make_room(origin_reserve_); }
  /// Closes the connection that has rested longest. False: none rests.
  bool close_oldest_idle();

  /// Connections that rest are in `list`, to be closed by its deadline.
  void add_idle(DeadlineList& list) { idle_.push_back(&list); }
  void remove_idle(DeadlineList& list) { std::erase(idle_, &list); }

 private:
  bool make_room(std::size_t reserve);

  EventLoop& loop_;
  const std::size_t available_;  // for sockets
  const std::size_t client_reserve_;
  const std::size_t origin_reserve_;
  const std::function<void(Shortage)> tell_;
  std::vector<DeadlineList*> idle_;
};

}  // namespace brink::http
