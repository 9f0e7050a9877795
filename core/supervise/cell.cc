#include "core/supervise/cell.h"

#include <unistd.h>

namespace brink::supervise {

Result<std::unique_ptr<FdWatcher>> Cell::obey(EventLoop& loop, Commands commands) {
  auto watcher = FdWatcher::watch(
      loop, control_.get(), [this, commands = std::move(commands)] { read_commands(commands); });
  if (watcher) (*watcher)->set_background(true);
  return watcher;
}

void Cell::listening() {
  const CellMessage message = CellMessage::kListening;
  // A master that is gone takes this process with it.
  [[maybe_unused]] const ssize_t sent = ::write(control_.get(), &message, sizeof message);
}

void Cell::read_commands(const Commands& commands) {
  CellMessage message{};
  const ssize_t got = ::read(control_.get(), &message, sizeof message);
  if (got == 0) ::_exit(1);  // the master is gone, and the kernel about to end this process
  if (got < 0) return;
  if (message == CellMessage::kDrain) commands.drain();
  if (message == CellMessage::kReopenLogs) commands.reopen_logs();
}

}  // namespace brink::supervise
