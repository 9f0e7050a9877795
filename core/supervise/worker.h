#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "core/ipc/channel.h"
#include "core/loop/poll.h"
#include "core/supervise/script_call.h"
#include "core/supervise/zygote.h"

namespace brink::supervise {

class Worker;

/// What a worker says that is not about a request. Implemented by the pool.
class WorkerObserver {
 public:
  virtual ~WorkerObserver() = default;
  virtual void on_spare_ready(Worker& worker) = 0;
  virtual void on_module_needed(Worker& worker, std::uint32_t sequence,
                                const ipc::ModuleNeeded& message) = 0;
  virtual bool on_code_cache(const ipc::CodeCache& message) = 0;
  virtual void on_app_ready(Worker& worker, const ipc::AppReady& message) = 0;
  virtual void on_app_failed(Worker& worker, const ipc::AppFailed& message) = 0;
  virtual void on_script_log(std::uint32_t request, ipc::LogLevel level, std::string_view text) = 0;
};

/// One worker process as the front sees it: its channel, the calls that run in it, and its end.
/// Every message is checked here or by the call it is for; one that can't be ends the worker. Owned
/// by the pool, on the loop's thread, from spawn until its exit is known.
class Worker {
 public:
  enum class State : std::uint8_t { kStarting, kSpare, kLoading, kServing, kEnding };

  struct Descriptors {
    ipc::Fd memfd, to_worker_event, to_front_event;
    ipc::ChannelMemory memory;
  };
  /// Makes the channel that spawn() hands to the zygote.
  static Result<Descriptors> make_descriptors();

  static Result<std::unique_ptr<Worker>> create(EventLoop& loop, Descriptors descriptors,
                                                SpawnedProcess process, WorkerObserver& observer);

  State state() const { return state_; }
  void set_state(State state) { state_ = state; }
  int pid() const { return process_.pid; }
  std::size_t calls() const { return live_calls_; }

  /// Starts a request; the call hears of it until on_done() or on_worker_lost(). Returns its id.
  /// kHeadTooLarge: it does not fit into a message; kWorkerUnavailable: too many calls already.
  Result<std::uint32_t> start_call(const ipc::Request& request, ScriptCall& call);

  /// Sends now, or as soon as the worker has made room. False: larger than a message can be,
  /// nothing was sent.
  template <class Message>
  bool send(std::uint32_t id, const Message& message) {
    if (overflow_.empty() && producer_.send(id, message)) return true;
    std::byte buffer[ipc::kMaxPayload_bytes];
    ipc::Encoder encoder(buffer);
    const_cast<Message&>(message).fields(encoder);
    if (encoder.ok()) queue(Message::kType, id, {buffer, encoder.size()});
    return encoder.ok();
  }

  /// Reads what the worker sent. False: it sent more than one turn should take, call again soon.
  bool drain();
  /// Before the loop sleeps: wakes the worker for what was sent. True: nothing to read, sleep.
  bool settle();
  void awake() { consumer_.awake(); }

  /// Sends SIGKILL; its calls get `reason` when the exit is known. The request that runs right now
  /// gets `reason` itself, others kWorkerDied.
  void kill(Error reason);
  /// The process is gone: tells all calls. `status` as from waitpid().
  void on_exit(int status);

  /// Kills a worker whose one turn has used more CPU time than `limit_ms`, seen from outside.
  void check_turn(std::uint64_t limit_ms);

 private:
  Worker(Descriptors descriptors, SpawnedProcess process, WorkerObserver& observer);

  struct Slot {
    std::uint32_t id = 0;
    ScriptCall* call = nullptr;
  };
  struct Queued {
    ipc::MessageType type;
    std::uint32_t id;
    std::vector<std::byte> payload;
  };

  void on_event();
  void queue(ipc::MessageType type, std::uint32_t id, std::span<const std::byte> payload);
  void flush_overflow();
  bool handle(const ipc::FrameHeader& header, std::span<const std::byte> payload);
  bool handle_request_message(const ipc::FrameHeader& header, std::span<const std::byte> payload);
  bool handle_stream_message(const ipc::FrameHeader& header, std::span<const std::byte> payload);
  bool handle_fetch(const ipc::FrameHeader& header, std::span<const std::byte> payload);
  bool handle_lifecycle(const ipc::FrameHeader& header, std::span<const std::byte> payload);
  ScriptCall* find_call(std::uint32_t id) const;
  ScriptCall* find_call(ipc::StreamRef stream) const;
  void end_call(std::uint32_t id);
  Error exit_reason(int status) const;

  Descriptors fds_;
  SpawnedProcess process_;
  WorkerObserver& observer_;
  ipc::RingProducer producer_;
  ipc::RingConsumer consumer_;
  std::unique_ptr<FdWatcher> watcher_;
  State state_ = State::kStarting;

  std::vector<Slot> slots_;
  std::vector<std::uint16_t> free_slots_;
  std::size_t live_calls_ = 0;
  std::unordered_map<std::uint32_t, std::uint32_t> fetches_;  // fetch -> request

  std::deque<Queued> overflow_;
  std::size_t overflow_bytes_ = 0;
  std::unique_ptr<std::byte[]> copy_;  // private copy of the message being decoded
  ipc::HeaderScratch scratch_;

  Error kill_reason_;  // empty message: we did not kill it
  std::uint64_t seen_turn_ = 0;
  std::uint64_t seen_turn_cpu_us_ = 0;
};

}  // namespace brink::supervise
