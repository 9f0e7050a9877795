#pragma once

#include <string_view>

#include "core/observe/log.h"
#include "core/supervise/worker.h"

namespace brink::supervise {

/// Warns that a worker has ended: `exit=` or `signal=`, and the reason as the front knows it.
/// `status` as from waitpid().
void log_worker_end(Log& log, std::string_view what, const Worker& worker, int status);

}  // namespace brink::supervise
