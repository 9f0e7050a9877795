#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/ipc/channel.h"

namespace brink::sandbox {

/// The worker's messages to the front. Sleeps while the ring is full: the front always drains it.
/// Main thread, as long as the worker.
class Outbox {
 public:
  Outbox(ipc::RingProducer producer, int room_eventfd)
      : producer_(std::move(producer)), room_eventfd_(room_eventfd) {}

  /// False: the message is larger than a message may be, nothing was sent.
  template <class Message>
  [[nodiscard]] bool try_send(std::uint32_t id, const Message& message) {
    if (producer_.send(id, message)) return true;
    Encoded encoded(ipc::kMaxPayload_bytes);
    ipc::Encoder encoder(encoded);
    Message copy = message;
    copy.fields(encoder);
    if (!encoder.ok()) return false;
    send_when_room(Message::kType, id, std::span(encoded).first(encoder.size()));
    return true;
  }

  /// For messages whose size is bounded: one that does not fit is a mistake of the worker's.
  template <class Message>
  void send(std::uint32_t id, const Message& message) {
    if (!try_send(id, message)) die_of_protocol();
  }

  /// Wakes the front if it sleeps. Once per batch of messages.
  void wake() { producer_.wake(); }

 private:
  using Encoded = std::vector<std::byte>;

  void send_when_room(ipc::MessageType type, std::uint32_t id, std::span<const std::byte> payload);
  [[noreturn]] void die_of_protocol();

  ipc::RingProducer producer_;
  int room_eventfd_;
};

}  // namespace brink::sandbox
