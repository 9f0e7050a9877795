#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace brink {

/// Lets the sockets of one turn receive with one system call, and send with another (io_uring),
/// where the kernel allows that. Owned by an EventLoop, used on its thread.
///
/// It keeps nothing under way: when a call returns, each socket knows what it got, or got rid of,
/// as after a recv() or send() that does not wait. So no memory is lent to the kernel beyond the
/// call.
class SocketBatch {
 public:
  /// Most bytes that one recv() of a batch brings.
  static constexpr std::size_t kSlot_bytes = 16 * 1024;

  /// A socket that has something to read.
  class Receiver {
   public:
    virtual int descriptor() const = 0;
    /// Most bytes that it takes now; 0: none after all. More than kSlot_bytes bring no more.
    virtual std::size_t read_limit() const = 0;
    /// What recv() gave: bytes, 0 at the end, or a negative errno (-EAGAIN: nothing after all). May
    /// remove any receiver. The bytes are valid during the call.
    virtual void on_received(int result, const char* bytes) = 0;

    virtual ~Receiver() = default;

   private:
    friend class SocketBatch;
    bool waits_ = false;
  };

  /// A socket with something to send.
  class Sender {
   public:
    virtual int descriptor() const = 0;
    /// What send() shall take now; empty: nothing after all. Valid until on_sent().
    virtual std::string_view to_send() const = 0;
    /// What send() gave: how many bytes it took, or a negative errno (-EAGAIN: there is no room).
    /// Must not add or remove senders.
    virtual void on_sent(int result) = 0;

    virtual ~Sender() = default;

   private:
    friend class SocketBatch;
    bool waits_ = false;
  };

  SocketBatch();
  ~SocketBatch();
  SocketBatch(const SocketBatch&) = delete;
  SocketBatch& operator=(const SocketBatch&) = delete;

  /// The kernel has, and allows this process, what this needs.
  bool usable();
  /// Receives at the next receive(), when usable(). It stays the caller's.
  void add(Receiver& receiver);
  /// Asks the sender at the next send(). It stays the caller's.
  void add(Sender& sender);
  /// Forget one that may have been added and not been asked yet.
  void remove(Receiver& receiver);
  void remove(Sender& sender);

  void receive();
  /// Does not ask a sender that is alone, nor any when not usable(): they can send by themselves.
  void send();

 private:
  class Ring;

  char* slot(std::size_t call) { return slots_.get() + call * kSlot_bytes; }
  void receive_some(std::size_t count);
  void send_all();

  std::vector<Receiver*> receivers_;
  std::vector<Receiver*> receiving_;  // nullptr: removed meanwhile
  std::vector<Sender*> senders_;
  bool tried_ = false;
  std::unique_ptr<Ring> ring_;  // nullptr: not tried yet, or refused
  std::unique_ptr<char[]> slots_;
};

}  // namespace brink
