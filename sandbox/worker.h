#pragma once

#include <v8.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/ipc/channel.h"
#include "sandbox/app_loader.h"
#include "sandbox/cpu_limit.h"
#include "sandbox/jail.h"
#include "sandbox/memory_limit.h"
#include "sandbox/name_cache.h"
#include "sandbox/outbox.h"
#include "sandbox/outgoing_streams.h"
#include "sandbox/realm.h"
#include "sandbox/realm_pool.h"
#include "sandbox/rejections.h"
#include "sandbox/request_table.h"
#include "sandbox/v8_start.h"
#include "sandbox/zygote.h"

namespace brink::sandbox {

/// Why a turn did not run to its end.
enum class StopReason : std::uint8_t { kNone, kCpu, kMemory };

/// A worker process: a spare until LoadApp, then one app's. Owns everything that a script can
/// reach, and the loop that lets it run. Main thread; the process ends with it.
///
/// JavaScript runs only inside a *turn*: one call of a callback in one realm, the microtasks that
/// follow from it, and the report of rejections that nobody handled, all charged to one request.
class Worker {
 public:
  /// `jail` is closed by run(); nullptr: a benchmark's worker, in its own process.
  Worker(WorkerDescriptors descriptors, ipc::ChannelMemory memory, V8Start& v8,
         BindingList bindings, Jail* jail);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Serves the front until it says Shutdown. The process's exit status.
  int run();
  /// One round of run(): messages, timers, V8's tasks. False: nothing is left to do now.
  bool advance();

  /// The worker whose isolate this is; nullptr while a snapshot is made.
  static Worker* of(v8::Isolate* isolate) { return static_cast<Worker*>(isolate->GetData(0)); }
  /// The worker of this thread, for V8's handlers that get no argument; nullptr: none.
  static Worker* current();

  v8::Isolate* isolate() const { return v8_.isolate(); }
  ArrayBufferAllocator& buffers() { return v8_.buffers(); }
  NameCache& names() { return names_; }
  ipc::WorkerStatus& status() { return memory_.control().status; }
  Outbox& outbox() { return outbox_; }
  RequestTable& requests() { return requests_; }
  OutgoingStreams& streams() { return streams_; }
  /// The realm of all requests; nullptr: each has its own.
  Realm* realm() const { return realm_.get(); }
  const Clock& clock() const { return v8_.engine().clock(); }
  const ipc::ScriptLimits& limits() const { return limits_; }
  const MemoryLimit& memory_limit() const { return memory_limit_; }
  /// The app has started in realm(): from now on each request gets a realm of its own.
  void isolate_requests() { pool_.open(std::move(realm_)); }

  /// A new request of the front's, with the app's CPU limit. Nullptr: the id is taken.
  RequestState* begin_request(std::uint32_t id);
  /// The request that the running code belongs to; 0: none. Kept across await.
  std::uint32_t current_request() const;
  /// JavaScript is through with the request: forgets it at the end of the turn, or when its streams
  /// are sent.
  void finish(RequestState& request);
  /// The front ended the request (a limit of its own): forgets it and lets none of its code run any
  /// more.
  void kill_request(RequestState& request);
  /// CPU time of a request so far, the running turn included.
  std::uint32_t cpu_us(const RequestState& request) const {
    return static_cast<std::uint32_t>((request.cpu.used_ns + cpu_limit_.turn_ns()) / 1000);
  }
  /// Forgets the request now if finish() was called and nothing of it is left to send.
  void try_forget(std::uint32_t request);
  /// V8 tells of a promise that was rejected, or handled later.
  void on_reject(const v8::PromiseRejectMessage& message);

  /// Runs `body` (which calls callbacks) as a turn of a live request, or of none (0). A request
  /// that passes a limit is ended and answered here.
  template <class Body>
  void run_turn(std::uint32_t request, Body body) {
    RequestState* state = request == 0 ? nullptr : requests_.find(request);
    if (state == nullptr) {
      nobody_ = {.limit_ns = cpu_limit_ns_ / (1 + stopped_for_nobody_)};
      request = 0;
    }
    StopReason stop =
        run_turn(state ? state->cpu : nobody_, state ? state->realm : realm_.get(), request, body);
    if (stop == StopReason::kNone && state && !state->done && state->cpu.exhausted()) {
      stop = StopReason::kCpu;  // by many short turns
    }
    if (stop != StopReason::kNone) end_stopped(request, stop);
    forget_finished();
  }

  /// The same for a budget that is not a request's; the caller sees to a stop. Without a realm no
  /// callback can be called: for V8's own tasks, which know theirs.
  template <class Body>
  StopReason run_turn(CpuBudget& budget, Realm* realm, std::uint32_t request, Body& body) {
    v8::HandleScope scope(isolate());
    std::optional<v8::Context::Scope> entered;
    if (realm != nullptr) entered.emplace(realm->context());
    begin_turn(budget, realm, request);
    {
      v8::TryCatch catcher(isolate());
      body();
      settle();
    }
    return end_turn(budget);
  }

  /// Calls a callback; only in the body of run_turn. Empty: it was stopped, or failed and was
  /// logged.
  v8::MaybeLocal<v8::Value> call(Callback callback, std::span<v8::Local<v8::Value>> arguments) {
    return call_in(*running_, callback, arguments);
  }

  /// The same, but an exception stays pending for the caller.
  v8::MaybeLocal<v8::Value> call_raw(Callback callback, std::span<v8::Local<v8::Value>> arguments) {
    return running_->callbacks().call(isolate()->GetCurrentContext(), callback, arguments);
  }

  /// Decodes a message of the front's, which is trusted: what can't be decoded ends the process.
  template <class Message>
  Message decode(const ipc::Frame& frame) {
    Message message;
    if (!ipc::decode(frame.payload, scratch_, message)) die_of_protocol();
    return message;
  }

  /// The app's variables, as in ipc::Environment.
  const std::string& environment() const { return environment_; }
  void set_environment(std::string_view variables) { environment_ = variables; }

  /// Takes a message of the front's.
  void handle(const ipc::Frame& frame);
  /// The app is known: sets its limits and what its code may do.
  void apply_rules(const ipc::LoadApp& app);
  /// Tells the front why and ends the process: after the jail closed there is nowhere else to
  /// write.
  [[noreturn]] void die(std::string_view why);
  /// Sends what is left and ends the process.
  [[noreturn]] void exit_now(int status);
  /// The same because of the app's memory limit.
  [[noreturn]] void end_for_memory();

 private:
  using Handler = void (*)(Worker&, const ipc::Frame&);

  void begin_turn(CpuBudget& budget, Realm* realm, std::uint32_t request);
  bool stopped() const;
  void settle();
  StopReason end_turn(CpuBudget& budget);
  void end_stopped(std::uint32_t request, StopReason stop);
  void drop_in_javascript(std::uint32_t request);
  void forget_finished();
  void forget(RequestState& request);
  void tell_dropped_lines(const RequestState& request);
  v8::MaybeLocal<v8::Value> call_in(Realm& realm, Callback callback,
                                    std::span<v8::Local<v8::Value>> arguments);
  void report(Rejections::Rejection& rejection);
  void log_internal(v8::Local<v8::Context> context, v8::TryCatch& catcher);

  bool receive();
  bool fire_timers();
  bool fire_timers(Realm& realm, std::uint32_t owner);
  std::optional<double> next_due_ms() const;
  bool run_tasks();
  void sleep();
  [[noreturn]] void die_of_protocol() { die("a message of the front's can't be understood"); }

  WorkerDescriptors descriptors_;
  ipc::ChannelMemory memory_;
  V8Start& v8_;
  Outbox outbox_;
  ipc::RingConsumer inbox_;
  ipc::HeaderScratch scratch_;
  NameCache names_{v8_.isolate()};
  RequestTable requests_;
  OutgoingStreams streams_;
  Rejections rejections_;
  MemoryLimit memory_limit_;
  Jail* jail_;          // confines what V8's start and the line above still needed files for,
  CpuLimit cpu_limit_;  // before this makes a thread
  AppLoader loader_;
  RealmPool pool_;
  std::unique_ptr<Realm> realm_;
  Realm* running_ = nullptr;  // of the turn
  std::array<Handler, 64> handlers_{};
  std::vector<std::uint32_t> finished_;
  std::string environment_;
  CpuBudget nobody_;  // for turns of no request: finalizers, timers of modules
  std::uint64_t cpu_limit_ns_ = 50'000'000;
  ipc::ScriptLimits limits_;
  unsigned stopped_for_nobody_ = 0;
  bool terminated_ = false;  // V8 said so in the running turn
  bool in_stopped_turn_ = false;
  bool shutting_down_ = false;
  int idle_ticks_left_ = 0;
  unsigned round_ = 0;
};

}  // namespace brink::sandbox
