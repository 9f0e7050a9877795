#pragma once

#include "core/loop/event_loop.h"

namespace brink {

/// Something that has work left for the end of the turn: a connection to flush, say. Derive from
/// it; scheduling allocates nothing, and a task that dies is forgotten. Used on the loop's thread;
/// must die before the loop.
class TurnTask {
 public:
  explicit TurnTask(EventLoop& loop) : loop_(loop) {}
  virtual ~TurnTask();
  TurnTask(const TurnTask&) = delete;
  TurnTask& operator=(const TurnTask&) = delete;

  /// run_turn_task() is called once, later in this turn or early in the next, before the loop
  /// sleeps.
  void schedule();

 protected:
  /// May schedule or destroy the task.
  virtual void run_turn_task() = 0;

 private:
  friend class EventLoop;
  EventLoop& loop_;
  bool scheduled_ = false;
};

}  // namespace brink
