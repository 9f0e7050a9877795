#pragma once

#include "core/ipc/jail_parts.h"

namespace brink::sandbox {

/// Takes the calling thread, and those that it makes later, out of reach of every file, of TCP (and
/// UDP, where the kernel can), of other processes' signals and abstract sockets, as far as the
/// kernel's version of Landlock goes. Needs no_new_privs. Reports the three Landlock parts.
void enter_landlock(ipc::JailReport& report);

}  // namespace brink::sandbox
