#include "core/ipc/channel.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace brink::ipc {
namespace {

constexpr std::size_t kControl_bytes = 4096;
static_assert(sizeof(ControlPage) <= kControl_bytes);
constexpr std::size_t kFile_bytes = kControl_bytes + 2 * kRingCapacity_bytes;
constexpr std::size_t kMapped_bytes = kControl_bytes + 4 * kRingCapacity_bytes;

std::uint64_t frame_bytes(std::size_t payload_bytes) {
  return (sizeof(FrameHeader) + payload_bytes + 7) & ~std::uint64_t{7};
}

std::unexpected<Error> system_error(const char* what) {
  return fail(ErrorCode::kSystem,
              std::string("channel memory: ") + what + ": " + std::strerror(errno));
}

// Each word is loaded once: the other side may write to the frame while it is checked. Frames are
// 8-byte aligned.
void read_header(const std::byte* at, FrameHeader& header) {
  const auto* words = reinterpret_cast<const volatile std::uint64_t*>(at);
  const std::uint64_t copy[2] = {words[0], words[1]};
  static_assert(sizeof copy == sizeof header);
  std::memcpy(&header, copy, sizeof header);
}

void write_event(int eventfd) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(eventfd, &one, sizeof one);
}

}  // namespace

Result<Fd> ChannelMemory::create() {
  Fd memfd(::memfd_create("brink-channel", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memfd) return system_error("memfd_create");
  if (::ftruncate(memfd.get(), kFile_bytes) != 0) return system_error("ftruncate");
  if (::fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return system_error("seal");
  }
  return memfd;
}

Result<ChannelMemory> ChannelMemory::map(int memfd) {
  void* area =
      ::mmap(nullptr, kMapped_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (area == MAP_FAILED) return system_error("mmap");
  auto* base = static_cast<std::byte*>(area);
  ChannelMemory memory(base);  // unmaps on an early return
  const auto place = [&](std::size_t at, std::size_t size, std::size_t offset) {
    return ::mmap(base + at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memfd,
                  static_cast<off_t>(offset)) != MAP_FAILED;
  };
  constexpr std::size_t kRing = kRingCapacity_bytes;
  if (!place(0, kControl_bytes, 0) || !place(kControl_bytes, kRing, kControl_bytes) ||
      !place(kControl_bytes + kRing, kRing, kControl_bytes) ||
      !place(kControl_bytes + 2 * kRing, kRing, kControl_bytes + kRing) ||
      !place(kControl_bytes + 3 * kRing, kRing, kControl_bytes + kRing)) {
    return system_error("mmap of a ring");
  }
  return memory;
}

ChannelMemory::~ChannelMemory() {
  if (base_) ::munmap(base_, kMapped_bytes);
}

std::byte* ChannelMemory::to_worker_ring() const { return base_ + kControl_bytes; }
std::byte* ChannelMemory::to_front_ring() const {
  return base_ + kControl_bytes + 2 * kRingCapacity_bytes;
}

std::size_t RingProducer::room() {
  if (head_ - tail_seen_ > kRingCapacity_bytes / 2) {  // look again only when it may matter
    const std::uint64_t tail = control_->tail.load(std::memory_order_acquire);
    if (tail > head_ || head_ - tail > kRingCapacity_bytes || tail < tail_seen_) {
      broken_ = true;
      return 0;
    }
    tail_seen_ = tail;
  }
  return broken_ ? 0 : kRingCapacity_bytes - static_cast<std::size_t>(head_ - tail_seen_);
}

std::span<std::byte> RingProducer::reserve() {
  const std::size_t free = room();
  if (free < sizeof(FrameHeader) + 8) return {};
  const std::size_t payload = std::min(free - sizeof(FrameHeader) - 8, kMaxPayload_bytes);
  return {ring_ + head_ % kRingCapacity_bytes + sizeof(FrameHeader), payload};
}

bool RingProducer::send_encoded(MessageType type, std::uint32_t id,
                                std::span<const std::byte> payload) {
  const std::span<std::byte> room = reserve();
  if (room.size() < payload.size()) return false;
  if (!payload.empty()) std::memcpy(room.data(), payload.data(), payload.size());
  commit(static_cast<std::uint16_t>(type), id, payload.size());
  return true;
}

void RingProducer::commit(std::uint16_t type, std::uint32_t id, std::size_t payload_bytes) {
  const FrameHeader header{static_cast<std::uint32_t>(payload_bytes), type, 0, id, 0};
  std::memcpy(ring_ + head_ % kRingCapacity_bytes, &header, sizeof header);
  head_ += frame_bytes(payload_bytes);
  control_->head.store(head_, std::memory_order_release);
  dirty_ = true;
}

void RingProducer::wake() {
  if (!dirty_) return;
  dirty_ = false;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (control_->consumer_sleeps.load(std::memory_order_relaxed) == 0) return;
  control_->consumer_sleeps.store(0, std::memory_order_relaxed);
  write_event(eventfd_);
}

bool RingConsumer::available(std::uint64_t& bytes) {
  const std::uint64_t head = control_->head.load(std::memory_order_acquire);
  bytes = head - tail_;
  if (bytes > kRingCapacity_bytes) broken_ = true;
  return !broken_ && bytes != 0;
}

bool RingConsumer::peek(Frame& frame) {
  std::uint64_t bytes = 0;
  if (!available(bytes)) return false;
  const std::byte* at = ring_ + tail_ % kRingCapacity_bytes;
  if (bytes < sizeof(FrameHeader)) {
    broken_ = true;
    return false;
  }
  read_header(at, frame.header);
  const std::size_t payload = frame.header.payload_bytes;
  if (payload > kMaxPayload_bytes || frame_bytes(payload) > bytes) {
    broken_ = true;
    return false;
  }
  frame.payload = {at + sizeof(FrameHeader), payload};
  return true;
}

void RingConsumer::pop(const Frame& frame) {
  tail_ += frame_bytes(frame.header.payload_bytes);
  control_->tail.store(tail_, std::memory_order_release);
}

bool RingConsumer::prepare_sleep() {
  control_->consumer_sleeps.store(1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  std::uint64_t bytes = 0;
  if (available(bytes) || broken_) {
    awake();
    return false;
  }
  if (control_->producer_waits.load(std::memory_order_relaxed) != 0) {
    control_->producer_waits.store(0, std::memory_order_relaxed);
    write_event(producer_eventfd_);
  }
  return true;
}

}  // namespace brink::ipc
