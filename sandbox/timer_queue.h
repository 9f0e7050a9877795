#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>

namespace brink::sandbox {

/// The timers of one realm, by due time. Main thread, as long as the realm.
class TimerQueue {
 public:
  struct Timer {
    std::uint32_t id = 0;
    std::uint32_t request = 0;
  };

  /// (Re)starts a timer that belongs to a request (0: none). Times are of the caller's clock.
  void start(std::uint32_t id, double delay_ms, std::uint32_t request, double now_ms);
  void stop(std::uint32_t id);
  void drop_request(std::uint32_t request);

  bool empty() const { return by_due_.empty(); }
  /// How many a request has.
  std::size_t count(std::uint32_t request) const;
  /// When the next one is due.
  std::optional<double> next_due_ms() const;
  /// Takes the next timer that is due.
  std::optional<Timer> take_due(double now_ms);

 private:
  struct Entry {
    double due_ms;
    std::uint64_t order;  // timers due at the same time fire in the order they were started
    Timer timer;
    bool operator<(const Entry& other) const {
      return due_ms != other.due_ms ? due_ms < other.due_ms : order < other.order;
    }
  };

  void remove(std::set<Entry>::iterator entry);

  std::set<Entry> by_due_;
  std::unordered_map<std::uint32_t, std::set<Entry>::iterator> by_id_;
  std::unordered_map<std::uint32_t, std::size_t> count_by_request_;  // those that have any
  std::uint64_t started_ = 0;
};

}  // namespace brink::sandbox
