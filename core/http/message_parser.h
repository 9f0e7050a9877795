#pragma once

#include <llhttp.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace brink::http {

/// The bytes of one head, one after the other, and where its parts are in them. Offsets, not views:
/// the bytes may move while the head arrives in pieces. Kept in pools; lives for one exchange.
struct RawHead {
  struct Slice {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
    std::uint32_t end() const { return offset + size; }
  };
  struct Field {
    Slice name;
    Slice value;
  };

  std::string bytes;
  Slice method;
  Slice target;
  Slice protocol;
  Slice reason;
  std::vector<Field> fields;
  std::uint8_t major_version = 0;
  std::uint8_t minor_version = 0;
  std::uint16_t status = 0;

  std::string_view view(Slice slice) const {
    return std::string_view(bytes).substr(slice.offset, slice.size);
  }
  /// Forgets the message, keeps the memory.
  void clear();
};

/// Takes the decoded bytes of a body while parse() runs.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// False: parse() returns kPaused after these bytes.
  virtual bool on_body_bytes(std::string_view bytes) = 0;
};

/// llhttp in strict mode for one message after the other in one direction. It finds the parts of a
/// head and takes the framing off a body; what a head may say is judged in request_head.h and
/// response_head.h. Owned by a connection, on the loop's thread.
class MessageParser {
 public:
  enum class Kind : std::uint8_t { kRequest, kResponse };
  enum class Status : std::uint8_t {
    kNeedMore,    ///< everything was consumed
    kHead,        ///< the head is complete; the next call parses the body
    kMessageEnd,  ///< the body is complete
    kPaused,      ///< the sink said so
    kError,
  };
  struct Step {
    Status status;
    std::size_t consumed;
  };

  MessageParser(Kind kind, std::size_t max_head_bytes, BodySink& sink);
  MessageParser(const MessageParser&) = delete;
  MessageParser& operator=(const MessageParser&) = delete;

  /// Begins a message; its head goes to `head`, which must stay until the next start().
  void start(RawHead& head);
  /// Parses on. After kHead of a message without a body, call start() and not parse(). After
  /// kPaused call it also without new bytes: the end of the message may be due.
  Step parse(std::string_view bytes);
  /// After kError.
  const Error& error() const { return error_; }

 private:
  friend struct ParserCallbacks;
  enum class Stop : std::uint8_t {
    kNone,
    kHead,
    kMessageEnd,
    kBody,
    kTooManyFields,
    kTooMuchFraming
  };

  void extend(RawHead::Slice& slice, const char* at, std::size_t size) const;
  bool count_framing(std::size_t bytes);
  Step fail_with(ErrorCode code, std::string message);
  Step explain(llhttp_errno_t code, std::string_view bytes);
  ErrorCode code_for(llhttp_errno_t code, std::string_view bytes) const;

  llhttp_t llhttp_;
  const Kind kind_;
  const std::size_t max_head_bytes_;
  BodySink& sink_;
  RawHead* head_ = nullptr;
  const char* base_ = nullptr;  // the bytes being parsed; they follow head_->bytes
  bool in_body_ = false;
  bool name_open_ = false;  // the last field's name may go on
  bool paused_ = false;
  Stop stop_ = Stop::kNone;
  std::size_t framing_bytes_ = 0;  // chunk extensions and trailers of this message
  Error error_;
};

}  // namespace brink::http
