#pragma once

#include <cstdint>
#include <random>

namespace brink::load {

/// How requests are spread over time in an open loop.
enum class ArrivalKind : std::uint8_t {
  kPoisson,   ///< independent users: gaps are exponential, so they come in bunches as well
  kConstant,  ///< one every 1/rate
};

/// The endless list of moments at which requests are due. The same arguments give the same list.
/// One thread.
class Arrivals {
 public:
  /// `rate_per_s` > 0. `phase` (0 to 1): constant arrivals begin at this share of the first gap, so
  /// that several lists interleave.
  Arrivals(ArrivalKind kind, double rate_per_s, std::uint64_t seed, double phase = 0);

  /// The next one, in ns after the start.
  std::uint64_t next_ns();

 private:
  const ArrivalKind kind_;
  const double gap_ns_;
  double at_ns_;
  std::mt19937_64 random_;
  std::exponential_distribution<double> exponential_;
};

}  // namespace brink::load
