#pragma once

#include <sys/types.h>

#include "sandbox/zygote.h"

namespace brink::sandbox {

/// The kernel kills this process when its parent ends; exits at once if it already has.
void die_with_parent(pid_t parent);

/// Closes every descriptor but the worker's own, `kept` (unless empty) and standard error, and
/// moves the eventfds to the numbers that the jail's filter knows. Standard input and output become
/// /dev/null. Exits when the kernel refuses: a worker with more than that must not run.
void keep_only(WorkerDescriptors& own, ipc::Fd& kept);

}  // namespace brink::sandbox
