#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "core/base/result.h"
#include "core/ipc/codec.h"
#include "core/ipc/descriptors.h"
#include "core/ipc/messages.h"

/// A channel joins the front and one worker: a memfd with a control page and two rings, and one
/// eventfd a direction, written only when the reader sleeps.
///
/// Ring memory is mapped twice in a row, so a frame is always contiguous. Positions count bytes
/// since the start and never wrap in practice (64 bits). Each side keeps its own position in
/// private memory and checks the other's against the capacity: a position out of range is a
/// protocol error.
namespace brink::ipc {

inline constexpr std::size_t kRingCapacity_bytes = 256 * 1024;
/// Largest payload of one message.
inline constexpr std::size_t kMaxPayload_bytes = 64 * 1024;

/// Starts every frame; frames are 8-byte aligned.
struct FrameHeader {
  std::uint32_t payload_bytes = 0;
  std::uint16_t type = 0;
  std::uint16_t reserved = 0;
  std::uint32_t id = 0;
  std::uint32_t reserved2 = 0;
};
static_assert(sizeof(FrameHeader) == 16);

/// One ring's shared positions.
struct RingControl {
  alignas(64) std::atomic<std::uint64_t> head;  ///< bytes written; the producer's
  alignas(64) std::atomic<std::uint64_t> tail;  ///< bytes read; the consumer's
  alignas(64) std::atomic<std::uint32_t> consumer_sleeps;
  std::atomic<std::uint32_t> producer_waits;  ///< the producer found no room: wake it when drained
};

/// What a worker lacks memory for.
enum MemoryShortage : std::uint32_t {
  kHeapIsFull = 1,      ///< little of the app's memory is left
  kRequestsAreHeld = 2  ///< requests wait for memory to run in
};

/// What the worker shows of itself, for limits from outside. Written by the worker; hostile input.
struct WorkerStatus {
  /// Even: between turns. Odd: inside JavaScript. Grows by one at each change.
  alignas(64) std::atomic<std::uint64_t> turn;
  std::atomic<std::uint32_t> current_request;  ///< request of the running turn; 0: none
  std::atomic<std::uint32_t>
      exit_code_name;  ///< ErrorCode + 1 that the worker is about to exit with
  std::atomic<std::uint64_t> turn_budget_us;   ///< CPU time that the running turn may use
  std::atomic<std::uint32_t> short_of_memory;  ///< MemoryShortage bits
};

struct ControlPage {
  RingControl to_worker;
  RingControl to_front;
  WorkerStatus status;
};

/// The shared memory of a channel, mapped. Owns the mapping, not the descriptors.
class ChannelMemory {
 public:
  /// Creates the memfd (sealed in size).
  static Result<Fd> create();
  /// Maps it in this process.
  static Result<ChannelMemory> map(int memfd);

  ChannelMemory() = default;
  ChannelMemory(ChannelMemory&& other) noexcept : base_(std::exchange(other.base_, nullptr)) {}
  ChannelMemory& operator=(ChannelMemory&& other) noexcept {
    std::swap(base_, other.base_);
    return *this;
  }
  ~ChannelMemory();

  ControlPage& control() const { return *reinterpret_cast<ControlPage*>(base_); }
  std::byte* to_worker_ring() const;
  std::byte* to_front_ring() const;

 private:
  explicit ChannelMemory(std::byte* base) : base_(base) {}
  std::byte* base_ = nullptr;
};

/// The writing end of a ring. One thread.
class RingProducer {
 public:
  RingProducer(RingControl& control, std::byte* ring, int reader_eventfd)
      : control_(&control), ring_(ring), eventfd_(reader_eventfd) {}

  /// Encodes one message. False: no room now, or the reader's position is impossible (see
  /// broken()).
  template <class Message>
  [[nodiscard]] bool send(std::uint32_t id, Message message) {
    std::span<std::byte> room = reserve();
    if (room.empty()) return false;
    Encoder encoder(room);
    message.fields(encoder);
    if (!encoder.ok()) return false;
    commit(static_cast<std::uint16_t>(Message::kType), id, encoder.size());
    return true;
  }

  /// Writes a message that was encoded before, when there was no room for it.
  [[nodiscard]] bool send_encoded(MessageType type, std::uint32_t id,
                                  std::span<const std::byte> payload);

  /// Wakes the reader if it sleeps. Call once after a batch of sends.
  void wake();

  /// After send() found no room: the consumer will write this side's eventfd once it has drained
  /// the ring. Then wake() and sleep, and try again.
  void expect_room() { control_->producer_waits.store(1, std::memory_order_seq_cst); }

  /// The other side wrote positions that can't be: end it.
  bool broken() const { return broken_; }

  /// Where the next message will start. For was_read().
  std::uint64_t position() const { return head_; }
  /// Has the reader taken all that was sent before this position? It may lie.
  bool was_read(std::uint64_t position) const {
    return control_->tail.load(std::memory_order_relaxed) >= position;
  }

 private:
  std::size_t room();
  std::span<std::byte> reserve();
  void commit(std::uint16_t type, std::uint32_t id, std::size_t payload_bytes);

  RingControl* control_;
  std::byte* ring_;
  int eventfd_;
  std::uint64_t head_ = 0;
  std::uint64_t tail_seen_ = 0;
  bool dirty_ = false;
  bool broken_ = false;
};

/// A frame as it stands in the ring: the header is a private copy, the payload is shared memory.
struct Frame {
  FrameHeader header;
  std::span<const std::byte> payload;
};

/// The reading end of a ring. One thread.
class RingConsumer {
 public:
  RingConsumer(RingControl& control, const std::byte* ring, int producer_eventfd)
      : control_(&control), ring_(ring), producer_eventfd_(producer_eventfd) {}

  /// The next frame, without taking it; false: none, or the ring is broken().
  bool peek(Frame& frame);
  /// Takes the frame that peek() gave.
  void pop(const Frame& frame);

  /// Announces that this side is about to sleep. True: really nothing to read, sleep on the
  /// eventfd. Wakes a producer that waits for room.
  bool prepare_sleep();
  void awake() { control_->consumer_sleeps.store(0, std::memory_order_relaxed); }

  bool broken() const { return broken_; }

 private:
  bool available(std::uint64_t& bytes);

  RingControl* control_;
  const std::byte* ring_;
  int producer_eventfd_;
  std::uint64_t tail_ = 0;
  bool broken_ = false;
};

}  // namespace brink::ipc
