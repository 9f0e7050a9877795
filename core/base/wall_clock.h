#pragma once

#include <chrono>
#include <cstdint>

namespace brink {

/// Microseconds since 1970, UTC, as the system has it now.
inline std::uint64_t wall_clock_us() {
  using namespace std::chrono;
  return static_cast<std::uint64_t>(
      duration_cast<microseconds>(system_clock::now().time_since_epoch()).count());
}

}  // namespace brink
