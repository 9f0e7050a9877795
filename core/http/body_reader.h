#pragma once

#include <optional>

#include "core/http/body.h"

namespace brink::http {

/// Hears what a body's user wants. Called within the user's own calls, so it may only make a note.
class BodyReaderOwner {
 public:
  virtual ~BodyReaderOwner() = default;
  /// resume(), pause() or discard() changed something.
  virtual void on_body_wish() = 0;
  /// What was received and not parsed yet.
  virtual std::string_view unparsed() const = 0;
};

/// The IncomingBody of a connection: keeps what the user wants, passes on what the parser finds.
/// Owned by the connection, which reuses it; on the loop's thread.
class BodyReader final : public IncomingBody {
 public:
  explicit BodyReader(BodyReaderOwner& owner) : owner_(owner) {}

  void begin(BodyLength length);
  /// Ready for another message. A user that is still there is told that its body is gone, and why.
  void reset(ErrorCode code, std::string_view why);
  /// Begun, and neither ended nor failed.
  bool open() const { return open_; }
  /// Somebody waits for the rest of it.
  bool wanted() const { return open_ && receiver() != nullptr; }
  /// Bytes may be parsed: somebody takes them, or nobody wants them.
  bool flowing() const { return flowing_ || discarded_; }
  bool discarded() const { return discarded_; }
  bool ever_resumed() const { return ever_resumed_; }

  /// Each passes on to the receiver. The user may do anything within; what remains true is asked
  /// after.
  bool deliver(std::string_view bytes);
  void end();
  void fail(const Error& error);
  /// An error that came when nobody listened; told once somebody does.
  bool holds_error() const { return kept_error_.has_value(); }
  void deliver_kept_error();

  void resume() override;
  void pause() override;
  void discard() override;
  BodyLength length() const override { return length_; }
  std::optional<std::string_view> whole() const override;

 private:
  void on_receiver_left() override;

  BodyReaderOwner& owner_;
  BodyLength length_;
  std::optional<Error> kept_error_;
  bool open_ = false;
  bool flowing_ = false;
  bool discarded_ = false;
  bool ever_resumed_ = false;
};

}  // namespace brink::http
