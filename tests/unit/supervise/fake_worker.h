#pragma once

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/ipc/channel.h"
#include "core/loop/event_loop.h"
#include "core/supervise/worker.h"

namespace brink::supervise::testing {

/// The worker's end of a channel, played by the test, and a child process that stands for the
/// worker's pid: it sleeps, or spins, until it is killed.
class FakeWorker {
 public:
  /// `spins`: the child uses CPU time all the while.
  FakeWorker(EventLoop& loop, SpareObserver& observer, bool spins = false) {
    auto fds = Worker::make_descriptors();
    if (!fds) std::abort();
    memory_ = *ipc::ChannelMemory::map(fds->memfd.get());
    to_worker_event_.reset(::dup(fds->to_worker_event.get()));
    to_front_event_.reset(::dup(fds->to_front_event.get()));
    pid_ = ::fork();
    if (pid_ == 0) {
      for (volatile bool loops = spins; loops;) continue;
      for (;;) ::pause();
    }
    SpawnedProcess process;
    process.pid = pid_;
    process.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    worker_ = *Worker::create(loop, std::move(*fds), std::move(process), observer);
    producer_.emplace(memory_.control().to_front, memory_.to_front_ring(), to_front_event_.get());
    consumer_.emplace(memory_.control().to_worker, memory_.to_worker_ring(), to_front_event_.get());
  }
  ~FakeWorker() {
    if (!exited_) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  Worker& front() { return *worker_; }
  /// Makes it a serving worker of `owner`.
  void serve(WorkerObserver& owner) {
    say(0, ipc::WorkerReady{.jail = ipc::JailReport().bytes()});
    worker_->drain();
    worker_->load({}, owner);
    heard();
    say(0, ipc::AppReady{});
    worker_->drain();
  }
  ipc::ControlPage& control() { return memory_.control(); }

  template <class Message>
  void say(std::uint32_t id, const Message& message) {
    if (!producer_->send(id, message)) std::abort();
  }
  /// Any bytes as a frame's payload, under any type.
  void say_raw(std::uint16_t type, std::uint32_t id, std::span<const std::byte> payload) {
    if (!producer_->send_encoded(static_cast<ipc::MessageType>(type), id, payload)) std::abort();
  }

  /// Types of the messages that the front sent since the last call.
  std::vector<ipc::MessageType> heard() {
    std::vector<ipc::MessageType> types;
    ipc::Frame frame;
    while (consumer_->peek(frame)) {
      types.push_back(static_cast<ipc::MessageType>(frame.header.type));
      last_id_ = frame.header.id;
      consumer_->pop(frame);
    }
    return types;
  }
  std::uint32_t last_id() const { return last_id_; }
  ipc::RingConsumer& consumer() { return *consumer_; }

  /// Ends the process without the front's doing.
  bool die() {
    ::kill(pid_, SIGKILL);
    return was_killed();
  }

  /// Was it sent SIGKILL? Waits for it; hangs (and so fails) when it was not.
  bool was_killed() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    exited_ = true;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

 private:
  ipc::ChannelMemory memory_;
  ipc::Fd to_worker_event_;
  ipc::Fd to_front_event_;
  std::unique_ptr<Worker> worker_;
  std::optional<ipc::RingProducer> producer_;
  std::optional<ipc::RingConsumer> consumer_;
  std::uint32_t last_id_ = 0;
  int pid_ = -1;
  bool exited_ = false;
};

/// Records what the front makes of the messages.
struct RecordingObserver : SpareObserver, WorkerObserver {
  int spares = 0, modules = 0, ready = 0, failed = 0, logs = 0;
  bool accept_cache = true;
  void on_spare_ready(Worker&) override { ++spares; }
  void on_module_needed(Worker&, std::uint32_t, const ipc::ModuleNeeded&) override { ++modules; }
  bool on_code_cache(Worker&, const ipc::CodeCache&) override { return accept_cache; }
  void on_app_ready(Worker&, const ipc::AppReady&) override { ++ready; }
  void on_app_failed(Worker&, const ipc::AppFailed&) override { ++failed; }
  void on_script_log(std::string_view, ipc::LogLevel, std::string_view) override { ++logs; }
};

struct RecordingCall : ScriptCall {
  std::string events;  // one letter a message
  bool accept = true;
  std::optional<Error> lost;
  std::string_view request_id() const override { return "call"; }
  Claim claims = Claim::kFull;
  bool gave_way = false;
  Claim claim() const override { return claims; }
  void give_way() override { gave_way = true; }
  bool on_respond(const ipc::Respond&) override { return note('R'); }
  bool on_next(const ipc::Next&) override { return note('N'); }
  bool on_failed(const Error&, std::string_view, std::uint32_t) override { return note('F'); }
  bool on_chunk(ipc::StreamRef, ipc::ChunkState, std::string_view) override { return note('C'); }
  bool on_body_pull(ipc::StreamRef, std::uint32_t) override { return note('P'); }
  bool on_body_cancel(ipc::StreamRef) override { return note('X'); }
  bool on_fetch(std::uint32_t, const ipc::Fetch&) override { return note('f'); }
  bool on_fetch_abort(std::uint32_t) override { return note('a'); }
  void on_done(const ipc::RequestDone&) override { note('D'); }
  void on_worker_lost(const Error& error, Blame) override { lost = error; }

 private:
  bool note(char letter) {
    events += letter;
    return accept;
  }
};

}  // namespace brink::supervise::testing
