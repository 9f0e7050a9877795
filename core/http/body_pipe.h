#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/http/body.h"
#include "core/loop/turn_task.h"

namespace brink::http {

/// A body that goes from one part of the front to another without a socket between them: what is
/// written to writer() arrives at reader(), in a later step of the loop's turn. Holds little more
/// than kHighWater_bytes. Held by shared_ptr, on the loop's thread.
class BodyPipe final : public std::enable_shared_from_this<BodyPipe>, TurnTask {
 public:
  enum class State : std::uint8_t {
    kOpen,      ///< more may be written
    kComplete,  ///< end() was called, after as many bytes as were promised
    kBroken,    ///< the writer gave up, or wrote another number of bytes
  };
  static constexpr std::size_t kHighWater_bytes = 64 * 1024;

  /// `broken`: what the reader is told of a body that broke off. `changed` is called when the state
  /// is another, or nobody reads any more; never within a call here.
  BodyPipe(EventLoop& loop, BodyLength length, ErrorCode broken, std::function<void()> changed);

  IncomingBody& reader() { return reader_; }
  OutgoingBody& writer() { return writer_; }
  State state() const { return state_; }
  /// Nothing is left of it: the reader has had its end, or wants no more.
  bool over() const { return over_; }
  /// Somebody takes the bytes.
  bool has_receiver() const { return reader_.receiver() != nullptr; }
  /// What was written so far.
  std::uint64_t bytes() const { return bytes_; }
  /// Whatever is written goes nowhere, and its end is the body's: the response to HEAD.
  void swallow() { swallows_ = true; }
  bool swallows() const { return swallows_; }
  /// Nobody will write or read any more: tells both ends, at once.
  void give_up(const Error& error);

 private:
  class Reader final : public IncomingBody {
   public:
    explicit Reader(BodyPipe& pipe) : pipe_(pipe) {}
    void resume() override;
    void pause() override { flowing_ = false; }
    void discard() override;
    BodyLength length() const override { return pipe_.length_; }

   private:
    friend BodyPipe;
    void on_receiver_left() override;
    BodyPipe& pipe_;
    bool flowing_ = false;
  };

  class Writer final : public OutgoingBody {
   public:
    explicit Writer(BodyPipe& pipe) : pipe_(pipe) {}
    bool write(std::string_view bytes) override;
    void end() override;
    void abort() override { pipe_.close(State::kBroken); }

   private:
    friend BodyPipe;
    BodyPipe& pipe_;
    bool full_ = false;
  };

  void close(State state);
  void run_turn_task() override;
  void deliver();
  void deliver_end();
  void tell_writer_gone(const Error& error);

  const BodyLength length_;
  const ErrorCode broken_;
  const std::function<void()> changed_;
  Reader reader_{*this};
  Writer writer_{*this};
  std::string held_;
  std::uint64_t bytes_ = 0;
  State state_ = State::kOpen;
  bool discarded_ = false;
  bool over_ = false;
  bool swallows_ = false;
};

}  // namespace brink::http
