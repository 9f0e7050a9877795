#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/http/body.h"

namespace brink::proxy {

/// One incoming body for several readers, each of whom gets it from its start, at its own pace: a
/// request body that a middleware reads, or passes to fetch(), and that goes on to the origin all
/// the same (Next.js clones the body of a request in middleware). What was read is kept for readers
/// to come until close(), up to a bound; later only what one reader is ahead of another. Held by
/// shared_ptr: by who makes readers, and by each reader. On the loop's thread.
class BodyTee final : public std::enable_shared_from_this<BodyTee>, http::BodyReceiver {
 public:
  /// Holds about `max_kept_bytes` at most; a reader that is further behind makes the others wait.
  BodyTee(http::IncomingBody& source, std::size_t max_kept_bytes);
  ~BodyTee() override;

  /// All that was read so far is kept, and readers may come.
  bool has_start() const { return keeping_ && begin_ == 0; }
  /// One more, which rests until it is resumed; nullptr without has_start().
  http::SharedBody add_reader();
  /// No further reader will come. With the last one that leaves, the source is left alone.
  void close();

 private:
  class Reader;

  void on_body_data(std::string_view bytes) override;
  void on_body_end() override;
  void on_body_error(const Error& error) override;

  std::uint64_t end() const { return begin_ + kept_.size(); }
  void serve(Reader& reader);
  void serve_all();
  void leave(Reader& reader, bool discarded);
  void drop_what_all_have();
  void update_source();

  http::BodyLength length_;
  const std::size_t max_kept_bytes_;
  std::string kept_;         // of the body, from begin_ on
  std::uint64_t begin_ = 0;  // how much of the body is dropped
  std::vector<Reader*> readers_;
  bool keeping_ = true;  // what every reader has; for those to come
  bool discard_ = true;  // no reader wanted the body's rest
  enum class State : std::uint8_t { kOpen, kComplete, kBroken } state_ = State::kOpen;
  Error error_;
};

}  // namespace brink::proxy
