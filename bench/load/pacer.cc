#include "bench/load/pacer.h"

#include <algorithm>
#include <utility>

namespace brink::load {

Pacer::Pacer(Arrivals arrivals, std::uint64_t start_ns, std::uint64_t end_ns,
             std::size_t max_waiting)
    : arrivals_(std::move(arrivals)),
      start_ns_(start_ns),
      end_ns_(end_ns),
      max_waiting_(max_waiting) {
  draw_next();
}

void Pacer::draw_next() {
  next_due_ns_ = start_ns_ + arrivals_.next_ns();
  if (next_due_ns_ >= end_ns_) next_due_ns_ = kNever;
}

void Pacer::advance(std::uint64_t now_ns) {
  while (next_due_ns_ <= now_ns) {
    if (waiting_.size() < max_waiting_) {
      waiting_.push(next_due_ns_);
    } else {
      ++dropped_;
    }
    draw_next();
  }
}

void Pacer::note_waiting() { longest_queue_ = std::max(longest_queue_, waiting_.size()); }

}  // namespace brink::load
