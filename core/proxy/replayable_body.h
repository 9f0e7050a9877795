#pragma once

#include <cstddef>
#include <string>

#include "core/http/body.h"

namespace brink::proxy {

/// A request body that a middleware reads and that goes on to the origin all the same (Next.js: the
/// body of a request in middleware): what is read is kept until rewind(), then given to the next
/// receiver, followed by what the client still sends. Whoever feeds a script bounds how much is
/// kept. Owned by the exchange, on the loop's thread; `source` is not touched after its end.
class ReplayableBody final : public http::IncomingBody, http::BodyReceiver {
 public:
  explicit ReplayableBody(http::IncomingBody& source);
  ~ReplayableBody() override;

  /// From the start again, for the next receiver. What follows is not kept.
  void rewind();

  void set_receiver(http::BodyReceiver* receiver) override;
  void resume() override;
  void pause() override;
  void discard() override;
  http::BodyLength length() const override { return length_; }

 private:
  void on_body_data(std::string_view bytes) override;
  void on_body_end() override;
  void on_body_error(const Error& error) override;

  http::IncomingBody* source_;
  http::BodyReceiver* receiver_ = nullptr;
  http::BodyLength length_;
  std::string kept_;
  std::size_t replayed_bytes_ = 0;
  bool keeping_ = true;
  bool paused_ = true;
  bool complete_ = false;
  bool broken_ = false;
  Error error_;
};

}  // namespace brink::proxy
