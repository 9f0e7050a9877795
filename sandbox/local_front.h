#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/ipc/channel.h"
#include "sandbox/worker.h"

namespace brink::sandbox {

/// A worker, and the front's end of its channel in the same process and thread: no jail, no second
/// process, no sleep. Serves one middleware that needs nothing but its request.
class LocalFront {
 public:
  /// A blank worker. `v8` outlives it, and serves one worker at a time.
  static Result<std::unique_ptr<LocalFront>> make(V8Start& v8, BindingList bindings);
  LocalFront(const LocalFront&) = delete;
  LocalFront& operator=(const LocalFront&) = delete;

  Worker& worker() { return *worker_; }

  /// Loads a middleware of this source, once. `rules`: as for any app, but for its entries.
  Result<void> load(std::string_view middleware, ipc::LoadApp rules);

  /// Sends the request, lets the worker run, and takes its messages until RequestDone. An error:
  /// the script failed, or logged something.
  Result<void> serve(const ipc::Request& request);

 private:
  LocalFront(ipc::ChannelMemory memory, std::unique_ptr<Worker> worker);

  template <class Message>
  void send(std::uint32_t id, const Message& message);
  /// Lets the worker run until it has said so.
  Result<void> run_until(const bool& said);
  void handle(const ipc::Frame& frame);
  void send_module(std::uint32_t sequence);
  void fail(std::string_view message);

  ipc::ChannelMemory memory_;
  std::unique_ptr<Worker> worker_;
  ipc::RingProducer producer_;
  ipc::RingConsumer consumer_;
  ipc::HeaderScratch scratch_;
  std::string_view middleware_;  // while it is loaded
  std::string_view body_;        // of the request
  std::string failure_;
  std::uint32_t id_ = 1;  // always the same slot
  bool ready_ = false;
  bool done_ = false;
};

}  // namespace brink::sandbox
