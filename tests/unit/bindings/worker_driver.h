#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ipc/channel.h"
#include "core/ipc/descriptors.h"

namespace brink::testing {

using Headers = std::vector<std::pair<std::string, std::string>>;
using Modules = std::map<std::string, std::string>;

/// A zygote of its own process: starts brink-worker and asks it for workers.
class ZygoteProcess {
 public:
  ZygoteProcess();
  ~ZygoteProcess();
  ZygoteProcess(const ZygoteProcess&) = delete;
  ZygoteProcess& operator=(const ZygoteProcess&) = delete;

  int control() const { return control_.get(); }
  pid_t pid() const { return pid_; }

 private:
  ipc::Fd control_;
  pid_t pid_ = -1;
};

/// What happened to one request.
struct Answer {
  enum class Kind : std::uint8_t { kNone, kRespond, kNext, kFailed };
  Kind kind = Kind::kNone;
  int status = 0;
  std::string status_text;
  Headers headers;  ///< of the response; of Next: those merged into the response
  ipc::BodyKind body_kind = ipc::BodyKind::kNone;
  ipc::StreamRef source;
  std::int64_t content_length = -1;
  std::string body;  ///< inline, or the stream's chunks so far
  std::optional<ipc::ChunkState> stream_end;
  std::string rewrite_url;
  bool override_request_headers = false;
  Headers request_headers;
  std::string code, message, stack;  ///< of a failure
  bool done = false;
  std::uint32_t cpu_us = 0;
  bool ignored_body = false;

  std::string header(std::string_view name) const;
};

/// A subrequest of the worker's.
struct SeenFetch {
  std::uint32_t id = 0;
  std::uint32_t request = 0;
  ipc::RedirectMode redirect = ipc::RedirectMode::kFollow;
  std::string method, url, body;
  Headers headers;
  ipc::BodyKind body_kind = ipc::BodyKind::kNone;
  ipc::StreamRef source;
  std::optional<ipc::ChunkState> stream_end;
  bool aborted = false;
};

struct SeenPull {
  ipc::StreamRef ref;
  std::uint32_t max_bytes = 0;
};

struct SeenLog {
  std::uint32_t request = 0;
  ipc::LogLevel level = ipc::LogLevel::kInfo;
  std::string text;
};

/// Plays the front against one worker.
class WorkerDriver {
 public:
  struct Options {
    Modules modules;
    std::string entries = "m middleware.js\n";
    std::uint32_t cpu_limit_ms = 50;
    std::uint32_t start_cpu_limit_ms = 2000;
    std::uint32_t memory_limit_bytes = 64 * 1024 * 1024;
    bool isolate_requests = false;
    std::map<std::string, std::string> code_caches = {};
    bool allow_eval = false;
    bool frozen_clock = false;
    ipc::ScriptLimits limits = {};
    std::string whole_body = {};  ///< comes with each request that has a body
    bool rehearses = false;       ///< nobody waits for the worker
  };

  /// Spawns a worker and waits until it is a ready spare.
  explicit WorkerDriver(Options options);
  ~WorkerDriver();

  /// Loads the app; true: AppReady arrived.
  bool load();
  /// A driver with a middleware of this source, loaded; fails the test otherwise.
  static WorkerDriver with_middleware(std::string source);

  /// Sends a request and returns its id.
  std::uint32_t send_request(std::string_view url, const Headers& headers = {},
                             bool has_body = false, std::string_view method = "GET",
                             std::uint16_t entry = 0, const Headers& params = {});
  /// Waits until the request is done (or the worker died).
  Answer finish(std::uint32_t request);
  Answer fetch(std::string_view url, const Headers& headers = {}) {
    return finish(send_request(url, headers));
  }

  /// Handles messages until `until` holds, the worker died, or the time is over; whether it holds.
  bool pump(const std::function<bool()>& until, int timeout_ms = 5000);

  template <class Message>
  void send(std::uint32_t id, const Message& message) {
    while (!producer_->send(id, message)) {
      producer_->expect_room();
      producer_->wake();
      pump([] { return false; }, 1);
    }
    producer_->wake();
  }

  ZygoteProcess zygote;
  Options options;
  std::map<std::uint32_t, Answer> answers;
  std::vector<SeenFetch> fetches;
  std::vector<SeenPull> pulls;
  std::vector<ipc::StreamRef> cancels;
  std::vector<SeenLog> logs;
  std::map<std::string, std::string> code_caches;
  std::vector<std::string> modules_asked_for;
  std::function<void(SeenFetch&)> on_fetch;
  std::function<void(const SeenPull&)> on_pull;
  bool open_windows = true;  ///< answer chunks with Window messages
  bool ready = false;
  bool app_ready = false;
  Headers matchers;
  bool matches_every_path = true;
  std::string waits_in;  ///< of AppWaits
  bool app_failed = false;
  Answer app_failure;  ///< code, message, stack; body: path
  std::uint32_t failed_line = 0, failed_column = 0;
  pid_t worker_pid = -1;
  std::optional<int> exit_status;  ///< as from waitpid
  /// CPU time of the worker so far; fails the test when the worker is gone.
  double cpu_ms() const;
  ipc::WorkerStatus& status() { return memory_.control().status; }

 private:
  void spawn();
  void drain();
  void handle(const ipc::Frame& frame);
  void serve_module(std::uint32_t sequence, const ipc::ModuleNeeded& needed);
  void on_chunk(std::uint32_t id, const ipc::StreamChunk& chunk);
  SeenFetch* find_fetch(std::uint32_t id);

  ipc::Fd to_worker_, to_front_, pidfd_;
  ipc::ChannelMemory memory_;
  std::unique_ptr<ipc::RingProducer> producer_;
  std::unique_ptr<ipc::RingConsumer> consumer_;
  ipc::HeaderScratch scratch_;
  std::uint32_t last_request_ = 0;
};

}  // namespace brink::testing
