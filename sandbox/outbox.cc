#include "sandbox/outbox.h"

#include <poll.h>
#include <unistd.h>

#include <cstdio>

namespace brink::sandbox {

void Outbox::send_when_room(ipc::MessageType type, std::uint32_t id,
                            std::span<const std::byte> payload) {
  for (;;) {
    if (producer_.broken()) die_of_protocol();
    producer_.expect_room();
    producer_.wake();
    // Once more before sleeping: the front may have drained the ring just before it could see the
    // wish.
    if (producer_.send_encoded(type, id, payload)) return;
    pollfd room{room_eventfd_, POLLIN, 0};
    ::poll(&room, 1, -1);
    std::uint64_t ignored = 0;
    [[maybe_unused]] const ssize_t got = ::read(room_eventfd_, &ignored, sizeof ignored);
    if (producer_.send_encoded(type, id, payload)) return;
  }
}

void Outbox::die_of_protocol() {
  std::fputs("brink-worker: the channel to the front is broken\n", stderr);
  ::_exit(1);
}

}  // namespace brink::sandbox
