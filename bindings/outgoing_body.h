#pragma once

#include "bindings/arguments.h"
#include "core/ipc/messages.h"

namespace brink::bindings {

/// The body arguments of respond() and fetchStart(): kind, body, extra (js-stdlib/natives.d.ts).
struct OutgoingBodyArguments {
  ipc::OutgoingBody body;
  bool too_large = false;  ///< an inline body that does not fit into one message
  ByteView bytes;          ///< what body.bytes points into

  /// Reads three arguments from `first` on. False: a TypeError is thrown.
  bool read(const Info& info, sandbox::Worker& worker, int first, Scratch& scratch);
};

}  // namespace brink::bindings
