#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/header_field.h"
#include "core/ipc/channel.h"
#include "sandbox/worker.h"

namespace brink::bench {

/// What a client asks for.
struct Workload {
  std::string_view name;
  std::string_view method;
  std::string_view url;
  std::vector<HeaderField> headers;
  std::string body;  ///< empty: none
};

/// A real worker with the real snapshot in this process, and the front's end of its channel. No
/// jail, no second process: all that a request costs the worker, and little else, is in serve().
/// One in a process, as V8 starts once; it lives as long as that. One thread, besides the worker's
/// watchdog.
class LocalWorker {
 public:
  /// A blank worker. Ends the process when V8 does not start.
  LocalWorker();
  LocalWorker(const LocalWorker&) = delete;
  LocalWorker& operator=(const LocalWorker&) = delete;

  sandbox::Worker& worker() { return *worker_; }

  /// Loads a middleware of this source, once. From then on the process is under the app's memory
  /// limit. Ends it when that fails.
  void load(std::string_view middleware);

  /// Sends the request, lets the worker run, and takes its messages until RequestDone. Ends the
  /// process when the script failed.
  void serve(const Workload& workload);

 private:
  template <class Message>
  void send(std::uint32_t id, const Message& message);
  /// Lets the worker run until it has said so.
  void run_until(const bool& said, const Workload* workload);
  void handle(const ipc::Frame& frame, const Workload* workload);
  void send_module(std::uint32_t sequence);

  std::string_view middleware_;
  ipc::Fd memfd_;
  ipc::ChannelMemory memory_;
  sandbox::Worker* worker_;  // never taken apart: V8 could not start again
  ipc::RingProducer producer_;
  ipc::RingConsumer consumer_;
  ipc::HeaderScratch scratch_;
  std::uint32_t id_ = 1;  // always the same slot
  bool ready_ = false;
  bool done_ = false;
};

/// The bindings and the snapshot that brink-worker has.
sandbox::BindingList worker_bindings();
const v8::StartupData& worker_snapshot();

}  // namespace brink::bench
