#include "core/loop/socket_batch.h"

#include <liburing.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

namespace brink {
namespace {

constexpr unsigned kCalls = 64;

int receive_now(const SocketBatch::Receiver& receiver, char* bytes, std::size_t most) {
  const ssize_t size = ::recv(receiver.descriptor(), bytes, most, MSG_DONTWAIT);
  return size < 0 ? -errno : static_cast<int>(size);
}

}  // namespace

/// Calls that are collected, made all at once, and leave a result each.
class SocketBatch::Ring {
 public:
  /// nullptr: there is no io_uring here, or this process may not use it.
  static std::unique_ptr<Ring> make() {
    auto ring = std::make_unique<Ring>();
    // The first is for Linux 6.0 and later: no interrupts, no locks.
    for (const unsigned flags : {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN, 0U}) {
      if (::io_uring_queue_init(kCalls, &ring->ring_, flags) != 0) continue;
      ring->usable_ = ring->made_ = true;
      return ring;
    }
    return nullptr;
  }
  Ring() = default;
  ~Ring() {
    if (made_) ::io_uring_queue_exit(&ring_);
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  bool usable() const { return usable_; }

  // At most kCalls. MSG_DONTWAIT: they are done, or refused, by the time that run() returns.
  void add_recv(int descriptor, char* bytes, std::size_t most) {
    io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
    ::io_uring_prep_recv(entry, descriptor, bytes, most, MSG_DONTWAIT);
    entry->user_data = added_++;
  }
  void add_send(int descriptor, std::string_view bytes) {
    io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
    ::io_uring_prep_send(entry, descriptor, bytes.data(), bytes.size(),
                         MSG_DONTWAIT | MSG_NOSIGNAL);
    entry->user_data = added_++;
  }

  /// One result for each that was added, in that order. -EAGAIN for those that the kernel did not
  /// take; it is not usable() any more then.
  void run(std::span<int> results) {
    std::ranges::fill(results, -EAGAIN);
    while (added_ > 0) {
      const int status = ::io_uring_submit_and_wait(&ring_, added_);
      if (status < 0 && status != -EINTR && status != -EAGAIN && status != -EBUSY) {
        usable_ = false;
        return;
      }
      io_uring_cqe* done = nullptr;
      while (::io_uring_peek_cqe(&ring_, &done) == 0) {
        results[done->user_data] = done->res;
        ::io_uring_cqe_seen(&ring_, done);
        --added_;
      }
    }
  }

 private:
  io_uring ring_{};
  bool made_ = false;
  bool usable_ = false;
  unsigned added_ = 0;
};

SocketBatch::SocketBatch() = default;
SocketBatch::~SocketBatch() = default;

bool SocketBatch::usable() {
  if (!tried_) {
    tried_ = true;
    ring_ = Ring::make();
    // Pages that no recv() fills cost nothing.
    if (ring_) slots_ = std::make_unique_for_overwrite<char[]>(kCalls * kSlot_bytes);
  }
  return ring_ != nullptr && ring_->usable();
}

void SocketBatch::add(Receiver& receiver) {
  if (receiver.waits_) return;
  receiver.waits_ = true;
  receivers_.push_back(&receiver);
}

void SocketBatch::add(Sender& sender) {
  if (sender.waits_) return;
  sender.waits_ = true;
  senders_.push_back(&sender);
}

void SocketBatch::remove(Receiver& receiver) {
  if (receiver.waits_) std::erase(receivers_, &receiver);
  receiver.waits_ = false;
  std::ranges::replace(receiving_, &receiver, nullptr);
}

void SocketBatch::remove(Sender& sender) {
  if (sender.waits_) std::erase(senders_, &sender);
  sender.waits_ = false;
}

void SocketBatch::receive() {
  std::erase_if(receivers_, [](Receiver* receiver) {
    receiver->waits_ = receiver->read_limit() > 0;
    return !receiver->waits_;
  });
  while (!receivers_.empty()) receive_some(std::min<std::size_t>(receivers_.size(), kCalls));
}

void SocketBatch::receive_some(std::size_t count) {
  const auto end = receivers_.begin() + static_cast<std::ptrdiff_t>(count);
  receiving_.assign(receivers_.begin(), end);
  receivers_.erase(receivers_.begin(), end);
  std::array<int, kCalls> results;
  const bool together = count > 1 && usable();  // one alone is quicker by itself
  for (std::size_t i = 0; i < count; ++i) {
    Receiver& receiver = *receiving_[i];
    receiver.waits_ = false;
    const std::size_t most = std::min(receiver.read_limit(), kSlot_bytes);
    if (together) {
      ring_->add_recv(receiver.descriptor(), slot(i), most);
    } else {
      results[i] = receive_now(receiver, slot(i), most);
    }
  }
  if (together) ring_->run(std::span(results).first(count));
  for (std::size_t i = 0; i < count; ++i) {
    if (receiving_[i] != nullptr) receiving_[i]->on_received(results[i], slot(i));
  }
  receiving_.clear();
}

void SocketBatch::send() {
  std::erase_if(senders_, [](Sender* sender) {
    sender->waits_ = false;
    return sender->to_send().empty();
  });
  if (senders_.size() > 1 && usable()) send_all();
  senders_.clear();
}

void SocketBatch::send_all() {
  std::array<int, kCalls> results;
  for (std::size_t at = 0; at < senders_.size() && ring_->usable();) {
    const std::size_t count = std::min<std::size_t>(senders_.size() - at, kCalls);
    for (std::size_t i = 0; i < count; ++i) {
      const Sender& sender = *senders_[at + i];
      ring_->add_send(sender.descriptor(), sender.to_send());
    }
    ring_->run(std::span(results).first(count));
    for (std::size_t i = 0; i < count; ++i) senders_[at++]->on_sent(results[i]);
  }
}

}  // namespace brink
