#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/result.h"

/// How bodies move through the front: an IncomingBody is read from a socket (or made by a script),
/// an OutgoingBody is written to one; join() (join.h) ties the two with back-pressure. Nothing here
/// holds a whole body. All on the loop's thread.
namespace brink::http {

/// How long a message body is, and so how it is framed when it is written (RFC 9112 section 6).
struct BodyLength {
  enum class Kind : std::uint8_t {
    kNone,     ///< no body, and no framing header
    kKnown,    ///< Content-Length: bytes
    kUnknown,  ///< chunked; or until close towards an HTTP/1.0 client
  };
  Kind kind = Kind::kNone;
  std::uint64_t bytes = 0;

  static BodyLength none() { return {}; }
  static BodyLength known(std::uint64_t n) { return {Kind::kKnown, n}; }
  static BodyLength unknown() { return {Kind::kUnknown, 0}; }
};

/// Takes a body. After on_end() or on_error() no further call comes.
class BodyReceiver {
 public:
  virtual ~BodyReceiver() = default;
  /// At least one byte; valid during the call only.
  virtual void on_body_data(std::string_view bytes) = 0;
  virtual void on_body_end() = 0;
  /// The body broke off.
  virtual void on_body_error(const Error& error) = 0;
};

/// A body that arrives. It rests (nothing is read from its socket) until a receiver is set and
/// resume() is called. Owned by its exchange; the pointer dies when its end, its error or discard()
/// has been delivered.
class IncomingBody {
 public:
  virtual ~IncomingBody() = default;
  /// Sets or replaces who takes the bytes; nullptr detaches (and pauses). Delivers nothing by
  /// itself.
  virtual void set_receiver(BodyReceiver* receiver) = 0;
  /// Lets bytes flow; what is buffered already may be delivered before this returns.
  virtual void resume() = 0;
  /// No on_body_data() after this returns, until resume(). May be called inside on_body_data().
  virtual void pause() = 0;
  /// Nobody wants the rest. The source reads it away or closes its connection, as is cheaper.
  virtual void discard() = 0;
  /// What the head promised.
  virtual BodyLength length() const = 0;
  /// The whole body, when all of it waits in memory and nobody has begun to read it; else nullopt.
  /// It stays to be read. Valid until the next call here or the next event of its connection.
  virtual std::optional<std::string_view> whole() const { return std::nullopt; }
};

/// Hears that an OutgoingBody has room again, or that its peer is gone.
class BodyWriterObserver {
 public:
  virtual ~BodyWriterObserver() = default;
  virtual void on_writable() = 0;
  /// The connection failed or was closed; writes are dropped from here on. end() is not needed.
  virtual void on_writer_gone(const Error& error) = 0;
};

/// A body that is sent. Owned by its exchange.
class OutgoingBody {
 public:
  virtual ~OutgoingBody() = default;
  virtual void set_observer(BodyWriterObserver* observer) = 0;
  /// Queues bytes (tries the socket at once, copies only what it did not take). False: enough is
  /// queued (high-water mark), wait for on_writable(); the bytes are taken all the same.
  virtual bool write(std::string_view bytes) = 0;
  /// Complete. With BodyLength::known, fewer bytes than promised close the connection instead.
  virtual void end() = 0;
  /// Broken off: the peer must see that the body is not complete (the connection is closed).
  virtual void abort() = 0;
};

}  // namespace brink::http
