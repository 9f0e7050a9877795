#pragma once

#include "bindings/arguments.h"
#include "core/ipc/messages.h"

namespace brink::bindings {

/// The body arguments of respond() and fetchStart(): kind, body, extra (js-stdlib/natives.d.ts).
struct OutgoingBodyArguments {
  ipc::OutgoingBody body;
  /// It can't go this way, but as a stream: an inline body that does not fit into one message, a
  /// body to pass through that is another request's.
  bool must_stream = false;
  ByteView bytes;  ///< what body.bytes points into

  /// Reads three arguments from `first` on, for a message of the request `owner`. False: a
  /// TypeError is thrown.
  bool read(const Info& info, sandbox::Worker& worker, std::uint32_t owner, int first,
            Scratch& scratch);
};

}  // namespace brink::bindings
