#pragma once

#include <cstdint>

#include "core/loop/event_loop.h"
#include "core/loop/timer.h"

namespace brink::http {

class DeadlineList;

/// Something that must not take longer than its list says. Derive from it. In at most one list;
/// dies before the list. On the loop's thread.
class Deadline {
 public:
  Deadline() = default;
  virtual ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// Counts anew from now in `list`, and in no other.
  void set_deadline(DeadlineList& list);
  void clear_deadline();
  bool has_deadline_in(const DeadlineList& list) const { return list_ == &list; }
  /// How long ago it was set; 0: it is not.
  std::uint64_t running_for_ms() const;

 protected:
  /// The time is up; the deadline is cleared. May destroy the object.
  virtual void on_deadline() = 0;

 private:
  friend class DeadlineList;
  DeadlineList* list_ = nullptr;
  Deadline* previous_ = nullptr;
  Deadline* next_ = nullptr;
  std::uint64_t due_ms_ = 0;
};

/// Deadlines of one duration. As all last equally long, the list is in order by itself, and setting
/// one costs a few pointers; one coarse timer looks at its front. They fire up to an eighth of the
/// duration late, but at most `max_late_ms`. Does not keep the loop running.
class DeadlineList {
 public:
  DeadlineList(EventLoop& loop, std::uint64_t duration_ms, std::uint64_t max_late_ms = 1000);
  /// Forgets the deadlines that are left.
  ~DeadlineList();
  DeadlineList(const DeadlineList&) = delete;
  DeadlineList& operator=(const DeadlineList&) = delete;

  bool empty() const { return first_ == nullptr; }
  /// When the first one of a list that is not empty was set, on the loop's clock.
  std::uint64_t first_set_ms() const { return first_->due_ms_ - duration_ms_; }
  /// Lets the time of the first one be up now. False: there is none.
  bool fire_first();

 private:
  friend class Deadline;
  void push(Deadline& deadline);
  void remove(Deadline& deadline);
  void fire_due();

  EventLoop& loop_;
  const std::uint64_t duration_ms_;
  const std::uint64_t tick_ms_;
  Timer timer_;
  Deadline* first_ = nullptr;
  Deadline* last_ = nullptr;
};

}  // namespace brink::http
