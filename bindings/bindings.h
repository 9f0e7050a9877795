#pragma once

#include "sandbox/natives.h"

namespace brink::bindings {

// One function per file of this folder: the table of the functions that it gives to JavaScript, and
// of the messages that it handles. The tables are constant and live as long as the process.
sandbox::Binding request_binding();
sandbox::Binding body_binding();
sandbox::Binding decoding_binding();
sandbox::Binding fetch_binding();
sandbox::Binding url_binding();
sandbox::Binding encoding_binding();
sandbox::Binding crypto_binding();
sandbox::Binding clone_binding();
sandbox::Binding timers_binding();
sandbox::Binding console_binding();
sandbox::Binding environment_binding();
sandbox::Binding promise_binding();

/// All of them, in the order that snapshots are made with.
std::vector<sandbox::Binding> all_bindings();

}  // namespace brink::bindings
