#pragma once

#include <functional>

#include "core/ipc/descriptors.h"

namespace brink::sandbox {

/// What a forked worker starts with.
struct WorkerDescriptors {
  ipc::Fd channel;    ///< memfd of the rings
  ipc::Fd to_worker;  ///< eventfd that wakes this worker
  ipc::Fd to_front;   ///< eventfd that wakes the front
};

/// Serves the front's control socket: forks a worker for each kSpawn, tells of each that ends.
///
/// The zygote has V8 running with an isolate in which no code has run (V8Start), so a child has one
/// at once. Single-threaded. Returns the process's exit status when the front closes the
/// socket (its workers are killed with it by the kernel) - or, in a forked child, whatever `worker`
/// returns.
int run_zygote(ipc::Fd control, const std::function<int(WorkerDescriptors)>& worker);

}  // namespace brink::sandbox
