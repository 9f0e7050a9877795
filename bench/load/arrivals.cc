#include "bench/load/arrivals.h"

namespace brink::load {

Arrivals::Arrivals(ArrivalKind kind, double rate_per_s, std::uint64_t seed, double phase)
    : kind_(kind),
      gap_ns_(1e9 / rate_per_s),
      at_ns_(kind == ArrivalKind::kConstant ? gap_ns_ * (phase - 1) : 0),
      random_(seed) {}

std::uint64_t Arrivals::next_ns() {
  at_ns_ += kind_ == ArrivalKind::kConstant ? gap_ns_ : exponential_(random_) * gap_ns_;
  return static_cast<std::uint64_t>(at_ns_);
}

}  // namespace brink::load
