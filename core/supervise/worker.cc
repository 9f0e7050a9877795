#include "core/supervise/worker.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/supervise/worker_turns.h"

namespace brink::supervise {
namespace {

using ipc::MessageType;

constexpr std::size_t kMaxOverflow_bytes = 16 * 1024 * 1024;
constexpr std::size_t kMaxDrain_bytes = 4 * ipc::kRingCapacity_bytes;

/// A queue that is longer than this wants a look at whether the worker runs at all.
constexpr std::uint64_t kUnread_ms = 500;

bool is_fetch_stream(ipc::StreamKind kind) {
  return kind == ipc::StreamKind::kFetchRequestBody || kind == ipc::StreamKind::kFetchResponseBody;
}

}  // namespace

Result<Worker::Descriptors> Worker::make_descriptors() {
  Descriptors fds;
  auto memfd = ipc::ChannelMemory::create();
  if (!memfd) return std::unexpected(memfd.error());
  auto memory = ipc::ChannelMemory::map(memfd->get());
  if (!memory) return std::unexpected(memory.error());
  fds.memfd = std::move(*memfd);
  fds.memory = std::move(*memory);
  fds.to_worker_event.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  fds.to_front_event.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fds.to_worker_event || !fds.to_front_event) {
    return fail(ErrorCode::kSystem, std::string("eventfd: ") + std::strerror(errno));
  }
  return fds;
}

Worker::Worker(EventLoop& loop, Descriptors descriptors, SpawnedProcess process,
               SpareObserver& observer)
    : loop_(loop),
      fds_(std::move(descriptors)),
      process_(std::move(process)),
      spare_observer_(observer),
      producer_(fds_.memory.control().to_worker, fds_.memory.to_worker_ring(),
                fds_.to_worker_event.get()),
      consumer_(fds_.memory.control().to_front, fds_.memory.to_front_ring(),
                fds_.to_worker_event.get()),
      copy_(std::make_unique<std::byte[]>(ipc::kMaxPayload_bytes)),
      started_ms_(loop.now_ms()),
      watch_(process_.pid, fds_.memory.control().status) {}

Result<std::unique_ptr<Worker>> Worker::create(EventLoop& loop, Descriptors descriptors,
                                               SpawnedProcess process, SpareObserver& observer) {
  std::unique_ptr<Worker> worker(
      new Worker(loop, std::move(descriptors), std::move(process), observer));
  auto watcher = FdWatcher::watch(loop, worker->fds_.to_front_event.get(),
                                  [w = worker.get()] { w->on_event(); });
  if (!watcher) return std::unexpected(watcher.error());
  worker->watcher_ = std::move(*watcher);
  worker->watcher_->set_background(true);
  return worker;
}

Worker::~Worker() {
  if (attended_) turns_->forget(*this);
}

void Worker::serve_in(WorkerTurns& turns) {
  turns_ = &turns;
  turns.attend(*this);
}

void Worker::come_unsettled() {
  unsettled_ = true;
  if (turns_ != nullptr) turns_->attend(*this);
}

void Worker::hurry() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t wrote = ::write(fds_.to_worker_event.get(), &one, sizeof one);
}

void Worker::load(const ipc::LoadApp& app, WorkerObserver& owner) {
  owner_ = &owner;
  last_call_ms_ = loop_.now_ms();
  state_ = State::kLoading;
  send(0, app);
  probe_reading();
}

Result<std::uint32_t> Worker::start_call(const ipc::Request& request, ScriptCall& call) {
  if (calls_.full()) {
    return fail(ErrorCode::kWorkerUnavailable,
                "the worker has " + std::to_string(CallTable::kMaxCalls) + " requests already");
  }
  const std::uint32_t id = calls_.next_id();
  if (!send(id, request)) {
    return fail(ErrorCode::kHeadTooLarge, "the URL and headers are too large for a script");
  }
  last_call_ms_ = loop_.now_ms();
  calls_.add(id, call, last_call_ms_);
  probe_reading();
  return id;
}

void Worker::probe_reading() {
  if (!producer_.was_read(probe_position_)) return;
  probe_position_ = producer_.position();
  probe_ms_ = last_call_ms_;
}

ScriptCall* Worker::find_call(ipc::StreamRef stream) const {
  if (!is_fetch_stream(stream.kind)) return find_call(stream.id);
  return find_call(fetches_.request_of(stream.id));
}

void Worker::queue(MessageType type, std::uint32_t id, std::span<const std::byte> payload) {
  if (state_ == State::kEnding) return;
  if (producer_.broken() || overflow_bytes_ > kMaxOverflow_bytes) {
    kill({ErrorCode::kWorkerProtocol, "the worker stopped reading its messages"});
    return;
  }
  overflow_.push_back({type, id, {payload.begin(), payload.end()}});
  overflow_bytes_ += payload.size() + sizeof(Queued);
  producer_.expect_room();
}

void Worker::flush_overflow() {
  while (!overflow_.empty()) {
    const Queued& next = overflow_.front();
    if (!producer_.send_encoded(next.type, next.id, next.payload)) {
      producer_.expect_room();
      return;
    }
    overflow_bytes_ -= next.payload.size() + sizeof(Queued);
    overflow_.pop_front();
  }
  while (overflow_.empty() && !feeds_.empty() && state_ != State::kEnding) {
    if (!feeds_.front()(*this)) feeds_.pop_front();
  }
}

void Worker::feed(std::function<bool(Worker&)> next) {
  feeds_.push_back(std::move(next));
  flush_overflow();
}

void Worker::on_event() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(fds_.to_front_event.get(), &count, sizeof count);
  unsettle();
  flush_overflow();
  drain();
}

bool Worker::drain() {
  std::size_t read = 0;
  ipc::Frame frame;
  while (state_ != State::kEnding && consumer_.peek(frame)) {
    // The worker can still write to its ring: decode from a copy. Bodies are the exception, their
    // bytes are never looked at.
    std::span<const std::byte> payload = frame.payload;
    if (frame.header.type != static_cast<std::uint16_t>(MessageType::kStreamChunk)) {
      if (!payload.empty()) std::memcpy(copy_.get(), payload.data(), payload.size());
      payload = {copy_.get(), payload.size()};
    }
    if (!handle(frame.header, payload)) {
      kill({ErrorCode::kWorkerProtocol, "the worker sent message type " +
                                            std::to_string(frame.header.type) +
                                            " that is not valid"});
    }
    consumer_.pop(frame);
    read += payload.size() + sizeof(ipc::FrameHeader);
    if (read > kMaxDrain_bytes) return false;
  }
  if (consumer_.broken()) kill({ErrorCode::kWorkerProtocol, "the worker broke its message ring"});
  return true;
}

bool Worker::settle() {
  while (state_ != State::kEnding) {
    if (!overflow_.empty() || !feeds_.empty()) flush_overflow();
    producer_.wake();
    if (consumer_.prepare_sleep()) {
      unsettled_ = false;
      return true;
    }
    if (!drain()) return false;
  }
  unsettled_ = false;
  tell_calls();
  return true;
}

namespace {

template <class Message>
bool decoded(std::span<const std::byte> payload, ipc::HeaderScratch& scratch, Message& message) {
  return ipc::decode(payload, scratch, message);
}

}  // namespace

bool Worker::handle(const ipc::FrameHeader& header, std::span<const std::byte> payload) {
  switch (static_cast<MessageType>(header.type)) {
    case MessageType::kRespond:
    case MessageType::kNext:
    case MessageType::kRequestFailed:
    case MessageType::kRequestDone:
      return handle_request_message(header, payload);
    case MessageType::kStreamChunk:
    case MessageType::kBodyPull:
    case MessageType::kBodyCancel:
      return handle_stream_message(header, payload);
    case MessageType::kFetch:
    case MessageType::kFetchAbort:
      return handle_fetch(header, payload);
    default:
      return handle_lifecycle(header, payload);
  }
}

bool Worker::handle_request_message(const ipc::FrameHeader& header,
                                    std::span<const std::byte> payload) {
  ScriptCall* call = find_call(header.id);
  if (call == nullptr) return false;
  switch (static_cast<MessageType>(header.type)) {
    case MessageType::kRespond: {
      ipc::Respond message;
      return decoded(payload, scratch_, message) && call->on_respond(message);
    }
    case MessageType::kNext: {
      ipc::Next message;
      return decoded(payload, scratch_, message) && call->on_next(message);
    }
    case MessageType::kRequestFailed: {
      ipc::RequestFailed message;
      if (!decoded(payload, scratch_, message)) return false;
      const std::optional<ErrorCode> code = error_by_name(message.code);
      return code &&
             call->on_failed({*code, std::string(message.message)}, message.stack, message.cpu_us);
    }
    default: {
      ipc::RequestDone message;
      if (!decoded(payload, scratch_, message)) return false;
      calls_.remove(header.id);
      proved_ = true;
      fetches_.remove_all_of(header.id);
      call->on_done(message);
      return true;
    }
  }
}

bool Worker::handle_stream_message(const ipc::FrameHeader& header,
                                   std::span<const std::byte> payload) {
  // A stream may have ended on this side while the message was on its way: then there is no call,
  // or the call ignores it.
  switch (static_cast<MessageType>(header.type)) {
    case MessageType::kStreamChunk: {
      ipc::StreamChunk message;
      if (!decoded(payload, scratch_, message)) return false;
      const ipc::StreamRef stream{message.kind, header.id};
      ScriptCall* call = find_call(stream);
      return call == nullptr || call->on_chunk(stream, message.state, message.bytes);
    }
    case MessageType::kBodyPull: {
      ipc::BodyPull message;
      if (!decoded(payload, scratch_, message)) return false;
      const ipc::StreamRef stream{message.kind, header.id};
      ScriptCall* call = find_call(stream);
      return call == nullptr || call->on_body_pull(stream, message.max_bytes);
    }
    default: {
      ipc::BodyCancel message;
      if (!decoded(payload, scratch_, message)) return false;
      const ipc::StreamRef stream{message.kind, header.id};
      ScriptCall* call = find_call(stream);
      return call == nullptr || call->on_body_cancel(stream);
    }
  }
}

bool Worker::handle_fetch(const ipc::FrameHeader& header, std::span<const std::byte> payload) {
  if (static_cast<MessageType>(header.type) == MessageType::kFetchAbort) {
    ipc::FetchAbort message;
    if (!decoded(payload, scratch_, message)) return false;
    ScriptCall* call = find_call({ipc::StreamKind::kFetchResponseBody, header.id});
    return call == nullptr || call->on_fetch_abort(header.id);
  }
  ipc::Fetch message;
  if (!decoded(payload, scratch_, message)) return false;
  ScriptCall* call = find_call(message.request);
  if (call == nullptr || !fetches_.add(header.id, message.request)) return false;
  return call->on_fetch(header.id, message);
}

bool Worker::handle_lifecycle(const ipc::FrameHeader& header, std::span<const std::byte> payload) {
  switch (static_cast<MessageType>(header.type)) {
    case MessageType::kWorkerReady: {
      ipc::WorkerReady message;
      if (state_ != State::kStarting || !decoded(payload, scratch_, message)) return false;
      const std::optional<ipc::JailReport> jail = ipc::JailReport::parse(message.jail);
      if (!jail) return false;
      jail_ = *jail;
      state_ = State::kSpare;
      spare_observer_.on_spare_ready(*this);
      return true;
    }
    case MessageType::kModuleNeeded: {
      ipc::ModuleNeeded message;
      if (state_ != State::kLoading || !decoded(payload, scratch_, message)) return false;
      owner_->on_module_needed(*this, header.id, message);
      return true;
    }
    case MessageType::kCodeCache: {
      ipc::CodeCache message;
      const bool loaded = state_ == State::kLoading || state_ == State::kServing;
      return loaded && decoded(payload, scratch_, message) && owner_->on_code_cache(*this, message);
    }
    case MessageType::kAppWaits: {
      ipc::AppWaits message;
      if (state_ != State::kLoading || !decoded(payload, scratch_, message)) return false;
      waits_in_ = message.place;
      return true;
    }
    case MessageType::kAppReady: {
      ipc::AppReady message;
      if (state_ != State::kLoading || !decoded(payload, scratch_, message)) return false;
      state_ = State::kServing;
      has_served_ = true;
      owner_->on_app_ready(*this, message);
      return true;
    }
    case MessageType::kAppFailed: {
      ipc::AppFailed message;
      if (state_ != State::kLoading || !decoded(payload, scratch_, message)) return false;
      state_ = State::kEnding;
      said_why_ = true;
      end_reason_ = {ErrorCode::kScriptStartFailed, "it could not load the app"};
      owner_->on_app_failed(*this, message);
      return true;
    }
    case MessageType::kLog: {
      ipc::Log message;
      if (!decoded(payload, scratch_, message)) return false;
      if (owner_ == nullptr) {
        last_words_ = message.text;
        return true;
      }
      const ScriptCall* call = find_call(header.id);
      owner_->on_script_log(call == nullptr ? std::string_view() : call->request_id(),
                            message.level, message.text);
      return true;
    }
    default:
      return false;
  }
}

bool Worker::at_rest() const {
  const ipc::WorkerStatus& status = fds_.memory.control().status;
  return overflow_.empty() && producer_.was_read(producer_.position()) && !crowded() &&
         status.turn.load(std::memory_order_relaxed) % 2 == 0;
}

std::uint64_t Worker::queue_delay_ms() const {
  return producer_.was_read(probe_position_) ? 0 : loop_.now_ms() - probe_ms_;
}

void Worker::kill(Error reason) {
  if (state_ != State::kEnding) end_as(std::move(reason));
  ::syscall(SYS_pidfd_send_signal, process_.pidfd.get(), SIGKILL, nullptr, 0);
}

void Worker::stop() {
  stopped_ = true;
  kill({ErrorCode::kWorkerDied, "the worker had nothing to do"});
}

void Worker::end_as(Error reason) {
  state_ = State::kEnding;
  unsettle();
  end_reason_ = std::move(reason);
  const std::uint32_t running =
      fds_.memory.control().status.current_request.load(std::memory_order_relaxed);
  running_at_end_ = find_call(running) == nullptr ? 0 : running;
}

/// The code of a worker that ends by itself; an empty message: it did not say.
Error Worker::announced_end() const {
  const std::uint32_t named =
      fds_.memory.control().status.exit_code_name.load(std::memory_order_acquire);
  if (named == 0 || named > 0xffff) return {};
  const auto code = error_by_number(static_cast<std::uint16_t>(named - 1));
  if (code != ErrorCode::kMemoryLimit && code != ErrorCode::kCpuLimit &&
      code != ErrorCode::kEngineFault) {
    return {};
  }
  return {*code, std::string(error_info(*code).title)};
}

Error Worker::exit_reason(int status) const {
  if (Error announced = announced_end(); !announced.message.empty()) return announced;
  std::string how = "the worker ended";
  if (WIFSIGNALED(status)) how += " by signal " + std::to_string(WTERMSIG(status));
  if (WIFEXITED(status)) how += " with status " + std::to_string(WEXITSTATUS(status));
  if (!last_words_.empty()) how += ": " + last_words_;
  return {ErrorCode::kWorkerDied, std::move(how)};
}

void Worker::on_exit(int status) {
  if (state_ != State::kEnding) drain();  // what it said before it went still counts
  if (state_ != State::kEnding) end_as(exit_reason(status));
  tell_calls();
}

void Worker::tell_calls() {
  if (calls_.size() == 0) return;
  const Error& reason = end_reason_;
  const Error bystander{ErrorCode::kWorkerDied,
                        "the worker ended because of another request: " + reason.message};
  calls_.clear([&](std::uint32_t id, ScriptCall& call) {
    const Blame blame = running_at_end_ == 0    ? Blame::kUnknown
                        : id == running_at_end_ ? Blame::kThisRequest
                                                : Blame::kAnotherRequest;
    call.on_worker_lost(blame == Blame::kAnotherRequest ? bystander : reason, blame);
  });
}

void Worker::check(std::uint64_t limit_ms) {
  if (state_ == State::kEnding) return;
  if (const Error end = announced_end(); !end.message.empty()) {
    drain();  // what it said before
    return kill(end);
  }
  std::optional<Error> fault = watch_.look_at_turn(limit_ms);
  if (!fault && queue_delay_ms() > kUnread_ms)
    fault = watch_.look_at_unread(loop_.now_ms());
  else
    watch_.has_read();
  if (fault) kill(*std::move(fault));
}

}  // namespace brink::supervise
