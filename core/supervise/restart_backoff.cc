#include "core/supervise/restart_backoff.h"

#include <algorithm>

namespace brink::supervise {
namespace {

constexpr std::size_t kFreeFailures = 3;
constexpr std::uint64_t kFirstPause_ms = 500;
constexpr std::uint64_t kMaxPause_ms = 16'000;
constexpr std::size_t kMaxDoublings = 5;
constexpr std::uint64_t kForget_ms = 60'000;
static_assert(kFirstPause_ms << kMaxDoublings == kMaxPause_ms);

}  // namespace

void RestartBackoff::failed(std::uint64_t now_ms) {
  if (now_ms - last_failure_ms_ > kForget_ms) *this = {};
  last_failure_ms_ = now_ms;
  if (++failures_ <= kFreeFailures) return;
  not_before_ms_ =
      now_ms + (kFirstPause_ms << std::min(failures_ - kFreeFailures - 1, kMaxDoublings));
}

}  // namespace brink::supervise
