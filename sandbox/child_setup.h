#pragma once

#include <sys/types.h>

#include "sandbox/zygote.h"

namespace brink::sandbox {

/// The kernel kills this process when its parent ends; exits at once if it already has.
void die_with_parent(pid_t parent);

/// Gives up what a worker has no use for: every descriptor but its own three and standard error,
/// new privileges, core files. Exits when the kernel refuses: a worker without its limits must not
/// run.
void shed_privileges(const WorkerDescriptors& keep);

}  // namespace brink::sandbox
