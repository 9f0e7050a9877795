#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/http/body.h"
#include "core/supervise/worker.h"

namespace brink::proxy {

/// Gives an incoming body to a script, as much as it asks for: a source is read only while a pull
/// is open, so that a body which no script reads never enters a worker. Holds at most what one
/// socket read gave. Owned by the script run, on the loop's thread; the worker must outlive it.
class BodyFeed final : public http::BodyReceiver {
 public:
  /// `limit_bytes`: more than this is an error for the script, and calls `too_large` once.
  BodyFeed(supervise::Worker& worker, ipc::StreamRef stream, http::SharedBody source,
           std::uint64_t limit_bytes, std::function<void()> too_large);
  ~BodyFeed() override;
  BodyFeed(const BodyFeed&) = delete;
  BodyFeed& operator=(const BodyFeed&) = delete;

  /// The script wants more. False: a pull is open already.
  bool pull(std::uint32_t max_bytes);
  /// The script has been told of the body's end.
  bool ended() const { return ended_; }

 private:
  void on_body_data(std::string_view bytes) override;
  void on_body_end() override;
  void on_body_error(const Error& error) override;
  std::size_t send_piece(std::string_view bytes);
  void send(ipc::ChunkState state, std::string_view bytes, std::string_view error = {});

  supervise::Worker& worker_;
  ipc::StreamRef stream_;
  http::SharedBody keep_alive_;
  std::uint64_t limit_bytes_;
  std::function<void()> too_large_;
  std::uint64_t seen_bytes_ = 0;
  std::uint32_t wanted_bytes_ = 0;  // 0: no pull is open
  std::string held_;                // read, but not asked for yet
  bool complete_ = false;           // held_ is all that is left
  std::string error_;
  bool ended_ = false;
};

}  // namespace brink::proxy
