#pragma once

#include "core/http/body.h"
#include "core/http/stream.h"

namespace brink::http {

/// Hears what is done to a body that is written. Called within the user's own calls, so it may only
/// make a note (schedule its turn task, which flushes).
class BodyWriterOwner {
 public:
  virtual ~BodyWriterOwner() = default;
  virtual void on_writer_activity() = 0;
};

/// The OutgoingBody of a connection: frames bytes into a Stream and tells the user when there is
/// room. None of the user's calls calls the user back before it returns. Owned by an exchange; on
/// the loop's thread.
class BodyWriter final : public OutgoingBody {
 public:
  static constexpr std::size_t kHighWaterBytes = 256 * 1024;
  static constexpr std::size_t kLowWaterBytes = 64 * 1024;

  enum class Mode : std::uint8_t {
    kSwallow,     ///< no body goes on the wire
    kKnown,       ///< exactly as many bytes as the head promised
    kChunked,     ///< RFC 9112 section 7.1
    kUntilClose,  ///< the connection's end is the body's
  };

  explicit BodyWriter(BodyWriterOwner& owner) : owner_(owner) {}

  void begin(Stream& stream, Mode mode, std::uint64_t bytes);
  /// Forgets the stream; writes go nowhere from here on.
  void reset();

  bool begun() const { return begun_; }
  /// end() was called and the body is as long as promised.
  bool complete() const { return ended_ && !broken_; }
  /// abort() was called, or end() too early: the connection must be closed.
  bool broken() const { return broken_; }
  /// Everything the head promised was written, even if end() was not called yet.
  bool all_written() const {
    return complete() || mode_ == Mode::kSwallow || (mode_ == Mode::kKnown && left_ == 0);
  }
  std::uint64_t bytes_sent() const { return sent_; }
  Mode mode() const { return mode_; }

  /// Tells the user that there is room, if it waits for it. The user may destroy the owner.
  void notify_room();
  /// Tells the user that the peer is gone, unless it has ended already; writes go nowhere from here
  /// on.
  void notify_gone(const Error& error);

  bool write(std::string_view bytes) override;
  void end() override;
  void abort() override;

 private:
  void write_chunk(std::string_view bytes);
  bool done() const { return ended_ || broken_ || stream_ == nullptr; }

  BodyWriterOwner& owner_;
  Stream* stream_ = nullptr;
  Mode mode_ = Mode::kSwallow;
  std::uint64_t left_ = 0;  // kKnown: bytes still promised
  std::uint64_t sent_ = 0;
  bool begun_ = false;
  bool ended_ = false;
  bool broken_ = false;
  bool waiting_ = false;  // the user was told to wait
};

}  // namespace brink::http
