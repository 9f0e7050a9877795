#include "core/loop/turn_task.h"

namespace brink {

TurnTask::~TurnTask() {
  if (scheduled_) loop_.remove_task(this);
}

void TurnTask::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  loop_.add_task(this);
}

}  // namespace brink
