#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "core/http/body.h"

namespace brink::http {

enum class JoinOutcome : std::uint8_t {
  kComplete,     ///< every byte was handed to the writer, and end() called
  kSourceError,  ///< the body broke off; the writer was aborted
  kSinkGone,     ///< the writer's peer is gone; the body was discarded
};

/// Pumps one body into one writer with back-pressure: while the writer is full the body is paused,
/// so what is held is the writer's high-water mark. Owned by whoever joined the two, lives on the
/// loop's thread; source and sink may die before it.
class BodyJoin final : public BodyReceiver, public BodyWriterObserver {
 public:
  /// Called once, last, and may destroy the BodyJoin. `error` is null when complete.
  using Done = std::function<void(JoinOutcome, const Error* error)>;

  BodyJoin(SharedBody source, OutgoingBody& sink, Done done);
  /// Before the body's end: the source is paused without a receiver, the sink is aborted.
  ~BodyJoin() override;
  BodyJoin(const BodyJoin&) = delete;
  BodyJoin& operator=(const BodyJoin&) = delete;

  /// Lets the bytes flow. A step of its own because bytes, and `done`, may come before it returns.
  void start();
  std::uint64_t bytes() const { return bytes_; }

 private:
  void on_body_data(std::string_view bytes) override;
  void on_body_end() override;
  void on_body_error(const Error& error) override;
  void on_writable() override;
  void on_writer_gone(const Error& error) override;
  OutgoingBody* leave_sink();
  void finish(JoinOutcome outcome, const Error* error);

  SharedBody keep_alive_;
  Done done_;
  std::uint64_t bytes_ = 0;
};

/// Ties the two; call start() on the result once it is stored.
std::unique_ptr<BodyJoin> join(SharedBody source, OutgoingBody& sink, BodyJoin::Done done);
inline std::unique_ptr<BodyJoin> join(IncomingBody& source, OutgoingBody& sink,
                                      BodyJoin::Done done) {
  return join(borrow(&source), sink, std::move(done));
}

}  // namespace brink::http
