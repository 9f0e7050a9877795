#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.h"
#include "core/http/descriptor_budget.h"
#include "core/loop/throttle.h"
#include "core/observe/log.h"

namespace brink::proxy {

/// What brink's log says of a front that runs short of something: each kind once when it begins,
/// and then at most once a second, with how often it happened. Owned by the edge, on the loop's
/// thread.
class PressureLog {
 public:
  PressureLog(EventLoop& loop, Log& log);

  void on_descriptors(http::DescriptorBudget::Shortage shortage);
  /// As http::RequestHandler has it.
  void on_connection_refused(const Error& error, bool idle);
  /// A request was refused: the memory budget is full.
  void on_overload() { overload_.note(); }
  /// So many lines of the access log could not be written. Told at most once a minute.
  void on_lost_lines(std::uint64_t lines) { lost_lines_.note(lines); }

 private:
  std::string accept_error_;
  Throttle descriptors_idle_;
  Throttle descriptors_;
  Throttle connections_idle_;
  Throttle connections_;
  Throttle accept_;
  Throttle overload_;
  Throttle lost_lines_;
};

}  // namespace brink::proxy
