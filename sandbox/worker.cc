#include "sandbox/worker.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "sandbox/module_hooks.h"
#include "sandbox/script_error.h"

namespace brink::sandbox {
namespace {

constexpr int kBatch = 32;  // messages between two looks at timers and tasks
constexpr int kTasks = 16;
constexpr unsigned kStopsForNobody = 3;
// V8's delayed tasks (it shrinks the heap of an idle app) need a loop that turns a few more times.
constexpr int kIdleTicks = 4;
constexpr double kIdleTick_ms = 500;

void on_promise_reject(v8::PromiseRejectMessage message) {
  if (Worker* worker = Worker::current()) worker->on_reject(message);
}

// V8 asks where restrict_context() forbids.
v8::ModifyCodeGenerationFromStringsResult allow_strings(v8::Local<v8::Context>,
                                                        v8::Local<v8::Value>, bool) {
  return {true, {}};
}

}  // namespace

Worker::Worker(WorkerDescriptors descriptors, ipc::ChannelMemory memory, V8Start& v8,
               BindingList bindings, Jail* jail)
    : descriptors_(std::move(descriptors)),
      memory_(std::move(memory)),
      v8_(v8),
      outbox_(ipc::RingProducer(memory_.control().to_front, memory_.to_front_ring(),
                                descriptors_.to_front.get()),
              descriptors_.to_worker.get()),
      inbox_(memory_.control().to_worker, memory_.to_worker_ring(), descriptors_.to_front.get()),
      streams_(outbox_, requests_),
      memory_limit_(isolate(), buffers(), status()),
      jail_(jail == nullptr ? nullptr : &jail->confine()),
      cpu_limit_(isolate(), status()),
      loader_(*this),
      pool_(*this, loader_.app()) {
  isolate()->SetData(0, this);
  isolate()->SetPromiseRejectCallback(on_promise_reject);
  install_module_hooks(isolate());
  const v8::HandleScope scope(isolate());
  realm_ = Realm::make(isolate(), loader_.app().modules, clock());
  if (realm_ == nullptr) {
    std::fputs("brink-worker: V8 can't make a context\n", stderr);
    ::_exit(1);
  }
  for (const Binding& binding : bindings) {
    for (const MessageHandler& entry : binding.messages) {
      handlers_[static_cast<std::size_t>(entry.type)] = entry.handle;
    }
  }
}

Worker* Worker::current() {
  v8::Isolate* isolate = v8::Isolate::TryGetCurrent();
  return isolate == nullptr ? nullptr : of(isolate);
}

// ---------------------------------------------------------------------------------------- turns

void Worker::begin_turn(CpuBudget& budget, Realm* realm, std::uint32_t request) {
  running_ = realm;
  terminated_ = false;
  isolate()->SetContinuationPreservedEmbedderData(v8::Integer::NewFromUnsigned(isolate(), request));
  cpu_limit_.begin(request, budget);
}

bool Worker::stopped() const {
  return terminated_ || cpu_limit_.fired() || memory_limit_.reached();
}

void Worker::settle() {
  // A handler may be attached by a microtask, and reporting may queue new ones: until both are
  // empty.
  while (!stopped()) {
    isolate()->PerformMicrotaskCheckpoint();
    if (rejections_.empty() || stopped()) return;
    for (Rejections::Rejection& rejection : rejections_.take()) {
      report(rejection);
      if (stopped()) return;  // describing it ran into the limit: the next may try the same
    }
  }
}

void Worker::report(Rejections::Rejection& rejection) {
  v8::Local<v8::Promise> promise = rejection.promise.Get(isolate());
  v8::Local<v8::Context> context;
  if (promise->HasHandler() || !promise->GetCreationContext(isolate()).ToLocal(&context)) return;
  Realm* realm = Realm::of(context);
  if (realm == nullptr) return;
  std::array<v8::Local<v8::Value>, 2> arguments{
      v8::Integer::NewFromUnsigned(isolate(), rejection.request), rejection.reason.Get(isolate())};
  call_in(*realm, Callback::kOnUnhandledRejection, arguments);
}

StopReason Worker::end_turn(CpuBudget& budget) {
  const bool out_of_cpu = cpu_limit_.end(budget);
  const bool out_of_memory = memory_limit_.reached();
  if (!out_of_cpu && !out_of_memory) return StopReason::kNone;
  // What the stopped code left in the microtask queue is its own: a checkpoint that is terminated
  // drops it, so that it can't run in the turn of another request.
  isolate()->TerminateExecution();
  isolate()->PerformMicrotaskCheckpoint();
  isolate()->CancelTerminateExecution();
  rejections_.take();
  return out_of_memory ? StopReason::kMemory : StopReason::kCpu;
}

v8::MaybeLocal<v8::Value> Worker::call_in(Realm& realm, Callback callback,
                                          std::span<v8::Local<v8::Value>> arguments) {
  v8::TryCatch catcher(isolate());
  v8::Local<v8::Context> context = realm.context();
  v8::Local<v8::Value> result;
  if (realm.callbacks().call(context, callback, arguments).ToLocal(&result)) return result;
  if (catcher.HasTerminated()) {
    terminated_ = true;
  } else {
    log_internal(context, catcher);
  }
  return {};
}

void Worker::log_internal(v8::Local<v8::Context> context, v8::TryCatch& catcher) {
  const ScriptError error = describe_error(context, catcher.Exception(), catcher.Message());
  const std::string text = "brink: a callback failed: " + error.message.substr(0, 4096);
  outbox_.send(current_request(), ipc::Log{.level = ipc::LogLevel::kError, .text = text});
}

std::uint32_t Worker::current_request() const {
  v8::Local<v8::Value> data = isolate()->GetContinuationPreservedEmbedderData();
  return data->IsUint32() ? data.As<v8::Uint32>()->Value() : 0;
}

void Worker::on_reject(const v8::PromiseRejectMessage& message) {
  rejections_.record(message, current_request());
}

void Worker::end_stopped(std::uint32_t id, StopReason stop) {
  const ErrorInfo& error =
      error_info(stop == StopReason::kMemory ? ErrorCode::kMemoryLimit : ErrorCode::kCpuLimit);
  if (RequestState* request = requests_.find(id)) {
    const std::uint64_t used_us = request->cpu.used_ns / 1000;
    const std::string text = stop == StopReason::kMemory
                                 ? std::string(error.title)
                                 : std::string(error.title) + " of " +
                                       std::to_string(request->cpu.limit_ns / 1'000'000) +
                                       " ms (used " + std::to_string(used_us / 1000) + " ms)";
    const std::string line = std::string(error.name) + ": " + text;
    if (request->answered) {
      outbox_.send(id, ipc::Log{.level = ipc::LogLevel::kError, .text = line});
    } else {
      outbox_.send(id, ipc::RequestFailed{.code = error.name,
                                          .message = text,
                                          .cpu_us = static_cast<std::uint32_t>(used_us)});
    }
    streams_.abort_all(id, line);
    forget(*request);
  } else if (++stopped_for_nobody_ >= kStopsForNobody) {
    // Finalizers, or timers of modules, that never get enough: the app as a whole misbehaves.
    status().exit_code_name.store(static_cast<std::uint32_t>(error.code) + 1,
                                  std::memory_order_release);
    exit_now(1);
  }
  if (stop == StopReason::kMemory) end_for_memory();
  drop_in_javascript(id);
}

void Worker::kill_request(RequestState& request) {
  const std::uint32_t id = request.id;
  streams_.abort_all(id);
  forget(request);
  drop_in_javascript(id);
}

void Worker::drop_in_javascript(std::uint32_t id) {
  if (id == 0 || in_stopped_turn_ || realm_ == nullptr) return;  // its own realm went with it
  in_stopped_turn_ = true;
  run_turn(0, [&] {
    v8::Local<v8::Value> argument = v8::Integer::NewFromUnsigned(isolate(), id);
    call(Callback::kOnRequestKilled, {&argument, 1});
  });
  in_stopped_turn_ = false;
}

// -------------------------------------------------------------------------------------- requests

RequestState* Worker::begin_request(std::uint32_t id) {
  RequestState* request = requests_.add(id);
  if (request == nullptr) return nullptr;
  if (realm_ == nullptr) request->own_realm = pool_.take();
  request->realm = request->own_realm ? request->own_realm.get() : realm_.get();
  request->cpu.limit_ns = cpu_limit_ns_;
  request->refusals = buffers().refusals();
  idle_ticks_left_ = kIdleTicks;
  return request;
}

void Worker::finish(RequestState& request) {
  if (request.done) return;
  request.done = true;
  finished_.push_back(request.id);
}

void Worker::forget_finished() {
  if (finished_.empty()) return;
  for (std::size_t i = 0; i < finished_.size(); ++i) {  // it may grow within
    const std::uint32_t id = finished_[i];
    RequestState* request = requests_.find(id);
    if (request == nullptr) continue;
    if (!request->answered) {
      request->answered = true;
      outbox_.send(id, ipc::RequestFailed{.code = error_info(ErrorCode::kInternal).name,
                                          .message = "the request ended without an answer"});
    }
    if (request->open_streams != 0) streams_.abort_unended(id);
    try_forget(id);
  }
  finished_.clear();
}

void Worker::try_forget(std::uint32_t id) {
  RequestState* request = requests_.find(id);
  if (request != nullptr && request->done && request->open_streams == 0) forget(*request);
}

void Worker::forget(RequestState& request) {
  const std::uint32_t id = request.id;
  if (request.lines_dropped != 0) tell_dropped_lines(request);
  outbox_.send(id,
               ipc::RequestDone{.cpu_us = static_cast<std::uint32_t>(request.cpu.used_ns / 1000),
                                .ignored_body = request.has_whole_body});
  if (realm_ && !realm_->timers().empty()) realm_->timers().drop_request(id);
  if (request.own_realm) pool_.on_realm_gone();
  requests_.erase(id);
}

void Worker::tell_dropped_lines(const RequestState& request) {
  const std::string text = std::string(error_info(ErrorCode::kLogLimit).name) + ": " +
                           "lines dropped after the first " + std::to_string(limits_.log_bytes) +
                           " bytes: " + std::to_string(request.lines_dropped);
  outbox_.send(request.id, ipc::Log{.level = ipc::LogLevel::kWarn, .text = text});
}

void Worker::apply_rules(const ipc::LoadApp& app) {
  cpu_limit_ns_ = std::uint64_t{app.cpu_limit_ms} * 1'000'000;
  limits_ = app.limits;
  if (app.allow_eval) isolate()->SetModifyCodeGenerationFromStringsCallback(allow_strings);
  if (app.frozen_clock) v8_.engine().clock().freeze();
  if (app.memory_limit_bytes != 0) memory_limit_.apply(app.memory_limit_bytes);
}

// ------------------------------------------------------------------------------------------ loop

int Worker::run() {
  jail_->close();
  outbox_.send(0, ipc::WorkerReady{.jail = jail_->report().bytes()});
  for (;;) {
    const bool busy = advance();
    if (shutting_down_ && requests_.empty() && !pool_.holds_any()) return 0;
    if (!busy) sleep();
  }
}

bool Worker::advance() {
  v8_.engine().clock().tick();
  bool busy = receive();
  busy |= fire_timers();
  const bool look_for_tasks = round_++ % 8 == 0;
  if (!busy || look_for_tasks) busy |= run_tasks();
  loader_.advance(!busy);
  pool_.advance(!busy);
  outbox_.wake();
  return busy || loader_.busy() || pool_.busy();
}

bool Worker::receive() {
  ipc::Frame frame;
  int count = 0;
  for (; count < kBatch && inbox_.peek(frame); ++count) {
    handle(frame);
    inbox_.pop(frame);
  }
  if (inbox_.broken()) die_of_protocol();
  return count != 0;
}

void Worker::handle(const ipc::Frame& frame) {
  switch (static_cast<ipc::MessageType>(frame.header.type)) {
    case ipc::MessageType::kLoadApp:
      return loader_.load(decode<ipc::LoadApp>(frame));
    case ipc::MessageType::kModuleSource:
      return loader_.on_source(frame.header.id, decode<ipc::ModuleSource>(frame));
    case ipc::MessageType::kShutdown:
      shutting_down_ = true;
      return pool_.make_no_spares();
    case ipc::MessageType::kRequest:
      if (realm_ == nullptr && pool_.empty()) return pool_.hold(frame);
      break;
    case ipc::MessageType::kCancel:
      if (pool_.holds_any() && pool_.drop(frame.header.id)) {
        return outbox_.send(frame.header.id, ipc::RequestDone{});
      }
      break;
    default:
      break;
  }
  if (frame.header.type >= handlers_.size() || handlers_[frame.header.type] == nullptr)
    die_of_protocol();
  handlers_[frame.header.type](*this, frame);
}

bool Worker::fire_timers() {
  if (realm_) return fire_timers(*realm_, 0);
  bool fired = pool_.fire_timers();
  std::vector<std::uint32_t> with_timers;  // by id: a timer may end its request, and its realm
  requests_.for_each([&](const RequestState& request) {
    if (!request.realm->timers().empty()) with_timers.push_back(request.id);
  });
  for (const std::uint32_t id : with_timers) {
    const RequestState* request = requests_.find(id);
    if (request != nullptr) fired |= fire_timers(*request->realm, id);
  }
  return fired;
}

/// `owner`: the only request of the realm; 0: it is for all.
bool Worker::fire_timers(Realm& realm, std::uint32_t owner) {
  if (realm.timers().empty()) return false;
  bool fired = false;
  const double now_ms = clock().now_ms();
  for (int i = 0; i < kBatch && (owner == 0 || requests_.find(owner) != nullptr); ++i) {
    const std::optional<TimerQueue::Timer> timer = realm.timers().take_due(now_ms);
    if (!timer) break;
    fired = true;
    run_turn(timer->request != 0 ? timer->request : owner, [&] {
      v8::Local<v8::Value> argument = v8::Integer::NewFromUnsigned(isolate(), timer->id);
      call(Callback::kOnTimer, {&argument, 1});
    });
  }
  return fired;
}

std::optional<double> Worker::next_due_ms() const {
  if (realm_) return realm_->timers().next_due_ms();
  std::optional<double> next = pool_.next_due_ms();
  requests_.for_each([&](const RequestState& request) {
    const std::optional<double> due = request.realm->timers().next_due_ms();
    if (due) next = std::min(next.value_or(*due), *due);
  });
  return next;
}

bool Worker::run_tasks() {
  // One task a turn: a finalizer that never returns is stopped by its own turn's limit.
  for (int i = 0; i < kTasks; ++i) {
    bool ran = false;
    run_turn(0, [&] { ran = v8_.engine().run_task(isolate()); });
    if (!ran) return i != 0;
  }
  return true;
}

void Worker::sleep() {
  if (!inbox_.prepare_sleep()) {
    if (inbox_.broken()) die_of_protocol();
    return;
  }
  std::optional<double> wait_ms;
  if (idle_ticks_left_ > 0) wait_ms = kIdleTick_ms;
  if (const std::optional<double> due_ms = next_due_ms()) {
    wait_ms = std::max(0.0, std::min(wait_ms.value_or(*due_ms), *due_ms - clock().live_ms()));
  }
  timespec timeout{};
  if (wait_ms) {
    timeout.tv_sec = static_cast<time_t>(*wait_ms / 1e3);
    timeout.tv_nsec = static_cast<long>(std::fmod(*wait_ms, 1e3) * 1e6);
  }
  cpu_limit_.before_sleep();
  pollfd wake{descriptors_.to_worker.get(), POLLIN, 0};
  const int ready = ::ppoll(&wake, 1, wait_ms ? &timeout : nullptr, nullptr);
  inbox_.awake();
  if (ready > 0) {
    std::uint64_t ignored = 0;
    [[maybe_unused]] const ssize_t got =
        ::read(descriptors_.to_worker.get(), &ignored, sizeof ignored);
  } else if (ready == 0 && idle_ticks_left_ > 0) {
    --idle_ticks_left_;
  }
  cpu_limit_.after_sleep();
}

void Worker::exit_now(int exit_status) {
  outbox_.wake();
  ::_exit(exit_status);
}

void Worker::end_for_memory() {
  outbox_.wake();
  memory_limit_.die();
}

void Worker::die(std::string_view why) {
  const std::string text = "brink: the worker has to end: " + std::string(why);
  outbox_.send(0, ipc::Log{.level = ipc::LogLevel::kError, .text = text});
  exit_now(1);
}

}  // namespace brink::sandbox
