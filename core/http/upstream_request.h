#pragma once

#include <string>
#include <string_view>

#include "core/http/body_writer.h"
#include "core/http/upstream.h"

namespace brink::http {

class OriginConnection;

/// What the pool's user holds. Owned by that user; tied to one connection at a time, until the
/// response is complete or failed. On the loop's thread.
class UpstreamRequestImpl final : public UpstreamRequest, private BodyWriterOwner {
 public:
  UpstreamRequestImpl(UpstreamObserver& request_observer, const RequestToSend& head);
  ~UpstreamRequestImpl() override;
  UpstreamRequestImpl(const UpstreamRequestImpl&) = delete;
  UpstreamRequestImpl& operator=(const UpstreamRequestImpl&) = delete;

  OutgoingBody& body() override { return writer_; }

  /// Starts the body on the connection's stream; its head stands there already.
  void attach(OriginConnection& connection, Stream& stream);
  void detach() { connection_ = nullptr; }

  UpstreamObserver& observer() { return observer_; }
  BodyWriter& writer() { return writer_; }
  bool to_head() const { return to_head_; }
  /// A safe method without a body: may be sent twice (RFC 9110 section 9.2.2).
  bool repeatable() const { return repeatable_; }

  std::string repeat_text;  ///< the head, while it may have to be sent once more

 private:
  void on_writer_activity() override;

  UpstreamObserver& observer_;
  OriginConnection* connection_ = nullptr;
  BodyWriter writer_;
  const BodyLength length_;
  const bool to_head_;
  const bool repeatable_;
};

}  // namespace brink::http
