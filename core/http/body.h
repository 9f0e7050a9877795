#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/base/link.h"
#include "core/base/result.h"

/// How bodies move through the front: an IncomingBody is read from a socket (or made by a script),
/// an OutgoingBody is written to one; join() (join.h) ties the two with back-pressure. Nothing here
/// holds a whole body. A body and who works on it are linked (core/base/link.h): whichever is
/// destroyed first, the other is told. All on the loop's thread.
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

class IncomingBody;
class OutgoingBody;

/// Takes a body. Exactly one of on_body_end() and on_body_error() comes last, unless it detaches
/// itself or is destroyed before.
class BodyReceiver {
 public:
  BodyReceiver() : source_(*this) {}
  virtual ~BodyReceiver() = default;
  /// At least one byte; valid during the call only.
  virtual void on_body_data(std::string_view bytes) = 0;
  virtual void on_body_end() = 0;
  /// The body broke off, or was destroyed, or went to another receiver.
  virtual void on_body_error(const Error& error) = 0;

 protected:
  /// The body that this receives; nullptr: none, or it has ended, broken off, or been destroyed.
  IncomingBody* source() const { return source_.peer(); }

 private:
  friend IncomingBody;
  friend LinkEnd<IncomingBody, BodyReceiver>;
  void on_peer_gone();
  LinkEnd<BodyReceiver, IncomingBody> source_;
};

/// A body that arrives. It rests (nothing is read from its socket) until a receiver is set and
/// resume() is called. A receiver that is destroyed is detached.
class IncomingBody {
 public:
  IncomingBody() : receiver_(*this) {}
  /// Tells the receiver, if there still is one.
  virtual ~IncomingBody() = default;
  /// Sets who takes the bytes; nullptr detaches (and pauses). Delivers nothing by itself; a
  /// receiver that is replaced gets on_body_error().
  void set_receiver(BodyReceiver* receiver);
  /// Lets bytes flow; what is buffered already may be delivered before this returns.
  virtual void resume() = 0;
  /// No on_body_data() after this returns, until resume(). May be called inside on_body_data().
  virtual void pause() = 0;
  /// Nobody wants the rest; detaches the receiver. The source reads it away or closes its
  /// connection, as is cheaper.
  virtual void discard() = 0;
  /// What the head promised.
  virtual BodyLength length() const = 0;
  /// The whole body, when all of it waits in memory and nobody has begun to read it; else nullopt.
  /// It stays to be read. Valid until the next call here or the next event of its connection.
  virtual std::optional<std::string_view> whole() const { return std::nullopt; }

 protected:
  BodyReceiver* receiver() const { return receiver_.peer(); }
  /// Detaches the receiver without a word to it: for the last call to it.
  BodyReceiver* take_receiver() { return receiver_.take(); }
  /// The receiver was detached by set_receiver(nullptr), or destroyed.
  virtual void on_receiver_left() { pause(); }

 private:
  friend LinkEnd<BodyReceiver, IncomingBody>;
  void on_peer_gone() { on_receiver_left(); }
  LinkEnd<IncomingBody, BodyReceiver> receiver_;
};

/// A body together with what keeps it alive; one that only borrows it holds no count. The body
/// itself may end earlier, which its receiver hears.
using SharedBody = std::shared_ptr<IncomingBody>;
inline SharedBody borrow(IncomingBody* body) { return {SharedBody(), body}; }

/// Hears that an OutgoingBody has room again, or that its peer is gone.
class BodyWriterObserver {
 public:
  BodyWriterObserver() : writer_(*this) {}
  virtual ~BodyWriterObserver() = default;
  virtual void on_writable() = 0;
  /// The connection failed or was closed, or the writer was destroyed; nothing can be written from
  /// here on. end() is not needed.
  virtual void on_writer_gone(const Error& error) = 0;

 protected:
  /// The body that this writes; nullptr: none (any more).
  OutgoingBody* writer() const { return writer_.peer(); }

 private:
  friend OutgoingBody;
  friend LinkEnd<OutgoingBody, BodyWriterObserver>;
  void on_peer_gone();
  LinkEnd<BodyWriterObserver, OutgoingBody> writer_;
};

/// A body that is sent. Whoever writes one and goes away before its end must abort() it.
class OutgoingBody {
 public:
  OutgoingBody() : observer_(*this) {}
  /// Tells the observer, if there still is one.
  virtual ~OutgoingBody() = default;
  /// nullptr detaches; one that is replaced gets on_writer_gone().
  void set_observer(BodyWriterObserver* observer);
  /// Queues bytes (tries the socket at once, copies only what it did not take). False: enough is
  /// queued (high-water mark), wait for on_writable(); the bytes are taken all the same.
  virtual bool write(std::string_view bytes) = 0;
  /// Complete. With BodyLength::known, fewer bytes than promised close the connection instead.
  virtual void end() = 0;
  /// Broken off: the peer must see that the body is not complete (the connection is closed).
  virtual void abort() = 0;

 protected:
  BodyWriterObserver* observer() const { return observer_.peer(); }
  /// Detaches the observer without a word to it: for the last call to it.
  BodyWriterObserver* take_observer() { return observer_.take(); }

 private:
  friend LinkEnd<BodyWriterObserver, OutgoingBody>;
  void on_peer_gone() {}
  LinkEnd<OutgoingBody, BodyWriterObserver> observer_;
};

}  // namespace brink::http
