#include "bench/load/due_timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace brink::load {
namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;

}  // namespace

Result<std::unique_ptr<DueTimer>> DueTimer::make(EventLoop& loop, std::function<void()> due) {
  // uv_hrtime() reads the same clock.
  const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) {
    return fail(ErrorCode::kSystem, "timerfd: " + std::generic_category().message(errno));
  }
  std::unique_ptr<DueTimer> timer(new DueTimer(fd));
  auto watcher = FdWatcher::watch(loop, fd, std::move(due));
  if (!watcher) return std::unexpected(std::move(watcher).error());
  timer->watcher_ = *std::move(watcher);
  return timer;
}

DueTimer::~DueTimer() {
  watcher_.reset();
  ::close(fd_);
}

void DueTimer::set(std::uint64_t at_ns) {
  if (at_ns == at_ns_) return;
  at_ns_ = at_ns;
  // Setting it also takes back that it was due. Zero stops it.
  itimerspec when{};
  if (at_ns != kNever) {
    when.it_value.tv_sec = static_cast<time_t>(at_ns / kSecondNs);
    when.it_value.tv_nsec = static_cast<long>(at_ns % kSecondNs);
  }
  ::timerfd_settime(fd_, TFD_TIMER_ABSTIME, &when, nullptr);
}

}  // namespace brink::load
