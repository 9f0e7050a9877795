#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ipc/descriptors.h"

namespace brink::http {

/// Which file a name stands for.
struct SocketFileId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const SocketFileId&) const = default;
};

/// A socket that an address is bound to, for whoever is going to listen on it: until then the
/// kernel refuses connections. A value that owns its descriptor, close-on-exec.
struct BoundSocket {
  ipc::Fd fd;
  std::string address;  ///< "127.0.0.1:43211", with the real port; "unix:/path"
  /// Of a Unix socket: for its owner to remove before the descriptor is closed; else empty.
  std::string file;
  SocketFileId file_id;  ///< of `file`

  bool is_unix() const { return address.starts_with("unix:"); }
  /// Removes `file`, if there is one, and if it still is this socket's.
  void remove_file();
  /// Of several sockets that share a port, this one gets the connections whose packets `core`
  /// handles (SO_INCOMING_CPU); those of a core that no socket asked for are spread as before. A
  /// kernel before 6.2 may spread all of them.
  void prefer_core(int core);
};

/// Binds "127.0.0.1:8080", "[::1]:0", ":8080" or "unix:/path". A socket file that nobody listens on
/// any more is replaced, any other file never. Error: kListen, when somebody else has the address,
/// too.
Result<BoundSocket> bind_socket(std::string_view address);

/// `count` sockets, at least one, of the same address and port, for one process each. The kernel
/// gives a connection to one of those that listen, by a hash of both ends' addresses
/// (SO_REUSEPORT). For a Unix socket, which has no such thing, they are one socket, and the first
/// to be awake takes the connection; only the first has a `file`. Errors as above: nobody else's
/// sockets are joined.
Result<std::vector<BoundSocket>> bind_sockets(std::string_view address, std::size_t count);

}  // namespace brink::http
