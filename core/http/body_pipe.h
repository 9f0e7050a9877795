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
  enum class Outcome : std::uint8_t {
    kComplete,  ///< end() was called, and the reader has all
    kBroken,    ///< the writer gave up, or wrote another number of bytes than it said
    kUnread,    ///< the reader wants no more
  };
  static constexpr std::size_t kHighWater_bytes = 64 * 1024;

  /// `over` is called once, last, never within a call here.
  BodyPipe(EventLoop& loop, BodyLength length, std::function<void(Outcome)> over);

  IncomingBody& reader() { return reader_; }
  OutgoingBody& writer() { return writer_; }
  /// Somebody takes the bytes.
  bool has_receiver() const { return reader_.receiver() != nullptr; }
  /// What was written so far.
  std::uint64_t bytes() const { return bytes_; }
  /// Whatever is written goes nowhere, and its end is the body's: the response to HEAD.
  void swallow() { swallows_ = true; }
  bool swallows() const { return swallows_; }

 private:
  enum class State : std::uint8_t { kOpen, kEnded, kAborted, kDiscarded, kOver };

  class Reader final : public IncomingBody {
   public:
    explicit Reader(BodyPipe& pipe) : pipe_(pipe) {}
    void resume() override;
    void pause() override { flowing_ = false; }
    void discard() override;
    BodyLength length() const override { return pipe_.length_; }

   private:
    friend BodyPipe;
    BodyPipe& pipe_;
    bool flowing_ = false;
  };

  class Writer final : public OutgoingBody {
   public:
    explicit Writer(BodyPipe& pipe) : pipe_(pipe) {}
    bool write(std::string_view bytes) override;
    void end() override { pipe_.close(State::kEnded); }
    void abort() override { pipe_.close(State::kAborted); }

   private:
    friend BodyPipe;
    BodyPipe& pipe_;
    bool full_ = false;
  };

  void close(State state);
  void run_turn_task() override;
  void deliver();
  void finish(Outcome outcome);

  const BodyLength length_;
  std::function<void(Outcome)> over_;
  Reader reader_{*this};
  Writer writer_{*this};
  std::string held_;
  std::uint64_t bytes_ = 0;
  State state_ = State::kOpen;
  bool swallows_ = false;
};

}  // namespace brink::http
