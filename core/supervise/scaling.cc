#include "core/supervise/scaling.h"

#include <algorithm>

namespace brink::supervise {
namespace {

/// Far above what a busy worker needs to come to the next message, below what people notice.
constexpr std::uint64_t kTooLate_ms = 20;
/// Until a new worker has taken its share of the load.
constexpr std::uint64_t kSettle_ms = 100;

}  // namespace

void Scaling::look_at(const Load& load, std::uint64_t now_ms) {
  if (load.waiting > 0) target_ = std::max<std::size_t>(target_, 1);
  const bool all_there = load.starting == 0 && load.serving >= target_;
  if (!all_there || load.delay_ms < kTooLate_ms || now_ms < grow_not_before_ms_) return;
  target_ = std::min(load.serving + 1, max_);
  grow_not_before_ms_ = now_ms + kSettle_ms;
}

void Scaling::stopped() { target_ = std::max(min_, target_ - std::min<std::size_t>(target_, 1)); }

}  // namespace brink::supervise
