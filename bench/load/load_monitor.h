#pragma once

#include <atomic>
#include <cstdint>

namespace brink::load {

/// What a running loop shows to the thread that draws the progress line, and how it is told to end.
/// Written by the loop's thread but for `stop`; read by any.
struct LoadMonitor {
  std::atomic<bool> stop = false;  ///< end now, with what there is
  std::atomic<std::uint64_t> responses = 0;
  std::atomic<std::uint64_t> errors = 0;
  std::atomic<std::uint64_t> p50_us = 0;  ///< of the last whole second
  std::atomic<std::uint64_t> p99_us = 0;
  std::atomic<bool> running = false;  ///< connected, and sending
};

}  // namespace brink::load
