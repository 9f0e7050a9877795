#pragma once

#include "sandbox/worker.h"

namespace brink::sandbox {

/// Leaves the core to the workers that somebody waits for, for a while. True: the front wrote to
/// the eventfd meanwhile, it waits for this one as well, and there is no time for a rehearsal.
bool is_waited_for(int to_worker_eventfd);

/// Serves requests of an app of its own, in a worker and a realm that are thrown away. What an
/// app's first requests run through is in the process's memory then: pages of libraries, of the
/// heap that a fork shares until it is written to, and code that V8 links as it is called for the
/// first time. For a spare that nobody waits for, before its own worker is made. Takes some
/// milliseconds of CPU time. Main thread. Ends the process when it fails: no app would run there
/// either.
void rehearse(V8Start& v8, BindingList bindings);

}  // namespace brink::sandbox
