#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ipc/channel.h"
#include "core/ipc/jail_parts.h"
#include "core/loop/poll.h"
#include "core/supervise/call_table.h"
#include "core/supervise/fetch_table.h"
#include "core/supervise/script_call.h"
#include "core/supervise/worker_watch.h"
#include "core/supervise/zygote.h"

namespace brink::supervise {

class Worker;
class WorkerTurns;

/// Hears of a worker while it is blank.
class SpareObserver {
 public:
  virtual ~SpareObserver() = default;
  virtual void on_spare_ready(Worker& worker) = 0;
};

/// What an app's worker says that is not about a request. Implemented by the pool.
class WorkerObserver {
 public:
  virtual ~WorkerObserver() = default;
  virtual void on_module_needed(Worker& worker, std::uint32_t sequence,
                                const ipc::ModuleNeeded& message) = 0;
  virtual bool on_code_cache(Worker& worker, const ipc::CodeCache& message) = 0;
  virtual void on_app_ready(Worker& worker, const ipc::AppReady& message) = 0;
  virtual void on_app_failed(Worker& worker, const ipc::AppFailed& message) = 0;
  /// `request`: the id of the call that it is about, empty when there is none (any more).
  virtual void on_script_log(std::string_view request, ipc::LogLevel level,
                             std::string_view text) = 0;
};

/// One worker process as the front sees it: its channel, the calls that run in it, and its end.
/// Every message is checked here or by the call it is for; one that can't be ends the worker. Owned
/// by Spares, then by the pool of an app; on the loop's thread, from spawn until its exit is known.
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
                                                SpawnedProcess process, SpareObserver& observer);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// From now on settle() and awake() are called by `turns` as needed, which must outlive this.
  void serve_in(WorkerTurns& turns);

  State state() const { return state_; }
  int pid() const { return process_.pid; }
  std::size_t calls() const { return calls_.size(); }
  /// It serves, and start_call() finds room.
  bool takes_calls() const { return state_ == State::kServing && !calls_.full(); }
  /// What the worker said of its jail; valid from State::kSpare on.
  const ipc::JailReport& jail() const { return jail_; }
  /// Did it finish a call yet?
  bool proved() const { return proved_; }
  /// Did it ever load the app?
  bool has_served() const { return has_served_; }
  /// Between turns, with nothing left to read: it would see to a call at once.
  bool at_rest() const;
  /// How long its oldest request has waited to be read, or for memory to run in; 0: none waits.
  std::uint64_t queue_delay_ms() const;
  /// It has so many calls, or so little memory, that another worker would do it good.
  bool crowded() const { return calls_.crowded() || short_of_memory(); }
  /// Lets calls that others have a better claim than give way, as far as that is needed.
  CallTable::GaveWay make_room() { return calls_.make_room(loop_.now_ms(), short_of_memory()); }
  /// How long ago it got a call, or the app.
  std::uint64_t since_last_call_ms() const { return loop_.now_ms() - last_call_ms_; }
  /// Of a worker that ended: it was the code of a request that ran.
  bool ended_in_a_call() const { return running_at_end_ != 0; }
  /// Of a worker that ended, or was told to: why.
  const Error& end_reason() const { return end_reason_; }
  /// How long it has existed.
  std::uint64_t age_ms() const { return loop_.now_ms() - started_ms_; }
  /// Of one that loads: the module that waits at its top level, with its place; empty: none.
  const std::string& waits_in() const { return waits_in_; }

  /// Somebody waits for this worker: it makes itself ready at once, without a rehearsal first
  /// (sandbox/rehearsal.h).
  void hurry();
  /// Makes a spare an app's worker. `owner` hears of all that follows and must outlive the worker.
  void load(const ipc::LoadApp& app, WorkerObserver& owner);

  /// Starts a request; the call hears of it until on_done() or on_worker_lost(). Returns its id.
  /// kHeadTooLarge: it does not fit into a message; kWorkerUnavailable: too many calls already.
  Result<std::uint32_t> start_call(const ipc::Request& request, ScriptCall& call);

  /// A fetch that its call will hear no more of.
  void forget_fetch(std::uint32_t fetch) { fetches_.remove(fetch); }
  std::uint64_t now_ms() const { return loop_.now_ms(); }

  /// Sends now, or as soon as the worker has made room. False: larger than a message can be,
  /// nothing was sent.
  template <class Message>
  bool send(std::uint32_t id, const Message& message) {
    unsettle();
    if (overflow_.empty() && producer_.send(id, message)) return true;
    std::byte buffer[ipc::kMaxPayload_bytes];
    ipc::Encoder encoder(buffer);
    const_cast<Message&>(message).fields(encoder);
    if (encoder.ok()) queue(Message::kType, id, {buffer, encoder.size()});
    return encoder.ok();
  }

  /// Sends what is too much to be held in memory at once: calls `next` whenever there is room,
  /// which sends one message and returns whether there is more. One feed after the other.
  void feed(std::function<bool(Worker&)> next);

  /// Reads what the worker sent. False: it sent more than one turn should take, call again soon.
  bool drain();
  /// Before the loop sleeps: wakes the worker for what was sent, or tells the calls of one that was
  /// killed. True: nothing to read, sleep.
  bool settle();
  void awake() {
    unsettled_ = true;
    consumer_.awake();
  }

  /// Sends SIGKILL. Its calls hear of it in the next settle(), long before a large process is gone:
  /// the one that runs gets `reason`, others kWorkerDied.
  void kill(Error reason);
  /// Ends a worker that has no calls.
  void stop();
  bool stopped() const { return stopped_; }
  /// It could not load the app, and has told the reason.
  bool said_why() const { return said_why_; }
  /// The process is gone: tells all calls. `status` as from waitpid().
  void on_exit(int status);

  /// By its own word: the turn that it is in belongs to no request.
  bool runs_no_request() const {
    return fds_.memory.control().status.current_request.load(std::memory_order_relaxed) == 0;
  }
  /// Kills a worker whose turn runs on past its limit, at most `limit_ms`; one that is stopped or
  /// stuck (WorkerWatch); and one that has said that it ends by itself.
  void check(std::uint64_t limit_ms);

 private:
  friend class WorkerTurns;
  Worker(EventLoop& loop, Descriptors descriptors, SpawnedProcess process, SpareObserver& observer);

  struct Queued {
    ipc::MessageType type;
    std::uint32_t id;
    std::vector<std::byte> payload;
  };

  /// Something happened for which settle() is to be called.
  void unsettle() {
    if (!unsettled_) come_unsettled();
  }
  void come_unsettled();
  /// While it has calls, it is likely to say something in the next turn.
  bool wants_turns() const { return calls_.size() > 0 || state_ == State::kLoading; }
  void on_event();
  void queue(ipc::MessageType type, std::uint32_t id, std::span<const std::byte> payload);
  void flush_overflow();
  bool handle(const ipc::FrameHeader& header, std::span<const std::byte> payload);
  bool handle_request_message(const ipc::FrameHeader& header, std::span<const std::byte> payload);
  bool handle_stream_message(const ipc::FrameHeader& header, std::span<const std::byte> payload);
  bool handle_fetch(const ipc::FrameHeader& header, std::span<const std::byte> payload);
  bool handle_lifecycle(const ipc::FrameHeader& header, std::span<const std::byte> payload);
  ScriptCall* find_call(std::uint32_t id) const { return calls_.find(id); }
  ScriptCall* find_call(ipc::StreamRef stream) const;
  bool short_of_memory() const {
    return fds_.memory.control().status.short_of_memory.load(std::memory_order_relaxed) != 0;
  }
  void probe_reading();
  void end_as(Error reason);
  void tell_calls();
  Error announced_end() const;
  Error exit_reason(int status) const;

  EventLoop& loop_;
  WorkerTurns* turns_ = nullptr;
  bool attended_ = false;  // turns_ has it in its list
  bool unsettled_ = true;
  Descriptors fds_;
  SpawnedProcess process_;
  SpareObserver& spare_observer_;
  WorkerObserver* owner_ = nullptr;  // while it loads or serves
  ipc::RingProducer producer_;
  ipc::RingConsumer consumer_;
  std::unique_ptr<FdWatcher> watcher_;
  State state_ = State::kStarting;
  ipc::JailReport jail_;

  CallTable calls_;
  FetchTable fetches_;

  std::deque<Queued> overflow_;
  std::size_t overflow_bytes_ = 0;
  std::deque<std::function<bool(Worker&)>> feeds_;
  std::unique_ptr<std::byte[]> copy_;  // private copy of the message being decoded
  ipc::HeaderScratch scratch_;

  Error end_reason_;  // of a worker that ends
  std::uint32_t running_at_end_ = 0;
  bool has_served_ = false;
  bool proved_ = false;
  bool stopped_ = false;
  bool said_why_ = false;
  std::uint64_t last_call_ms_ = 0;
  std::uint64_t started_ms_;
  std::uint64_t probe_position_ = 0;  // in the ring, after a request
  std::uint64_t probe_ms_ = 0;        // when that was sent
  std::string waits_in_;
  std::string last_words_;  // of a blank one: why it ends
  WorkerWatch watch_;
};

}  // namespace brink::supervise
