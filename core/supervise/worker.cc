#include "core/supervise/worker.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/supervise/worker_turns.h"

namespace brink::supervise {
namespace {

using ipc::MessageType;

constexpr std::uint32_t kMaxSlots = ipc::kRequestSlots;
constexpr std::size_t kMaxOverflow_bytes = 16 * 1024 * 1024;
/// A turn that is seen from outside to run this much over its limit is not ended from inside any
/// more. Less than the 100 ms that are promised by the two ticks that seeing it takes, and by what
/// a busy machine adds until the answer is out.
constexpr std::uint64_t kOutsideSlack_us = 25'000;
constexpr std::size_t kMaxDrain_bytes = 4 * ipc::kRingCapacity_bytes;

/// CPU time of a whole process so far; 0 when it is gone.
std::uint64_t process_cpu_us(int pid) {
  clockid_t clock;
  timespec time;
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec) / 1000;
}

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
      copy_(std::make_unique<std::byte[]>(ipc::kMaxPayload_bytes)) {}

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
}

Result<std::uint32_t> Worker::start_call(const ipc::Request& request, ScriptCall& call) {
  if (free_slots_.empty()) {
    if (slots_.size() == kMaxSlots) {
      return fail(ErrorCode::kWorkerUnavailable, "the worker has 4096 requests already");
    }
    slots_.push_back({static_cast<std::uint32_t>(slots_.size()), nullptr});
    free_slots_.push_back(static_cast<std::uint16_t>(slots_.size() - 1));
  }
  Slot& slot = slots_[free_slots_.back()];
  slot.id += kMaxSlots;  // the next generation; wraps after a million uses of one slot
  if (slot.id < kMaxSlots) slot.id += kMaxSlots;
  if (!send(slot.id, request)) {
    return fail(ErrorCode::kHeadTooLarge, "the URL and headers are too large for a script");
  }
  free_slots_.pop_back();
  slot.call = &call;
  ++live_calls_;
  last_call_ms_ = loop_.now_ms();
  if (producer_.was_read(probe_position_)) {
    probe_position_ = producer_.position();
    probe_ms_ = last_call_ms_;
  }
  return slot.id;
}

void Worker::end_call(std::uint32_t id) {
  slots_[id % kMaxSlots].call = nullptr;
  free_slots_.push_back(static_cast<std::uint16_t>(id % kMaxSlots));
  --live_calls_;
  proved_ = true;
}

ScriptCall* Worker::find_call(std::uint32_t id) const {
  const std::uint32_t index = id % kMaxSlots;
  if (index >= slots_.size() || slots_[index].id != id) return nullptr;
  return slots_[index].call;
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
    if (!overflow_.empty()) flush_overflow();
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
      end_call(header.id);
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
      return loaded && decoded(payload, scratch_, message) && owner_->on_code_cache(message);
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
      owner_->on_app_failed(*this, message);
      return true;
    }
    case MessageType::kLog: {
      ipc::Log message;
      if (owner_ == nullptr || !decoded(payload, scratch_, message)) return false;
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
  return overflow_.empty() && producer_.was_read(producer_.position()) &&
         fds_.memory.control().status.turn.load(std::memory_order_relaxed) % 2 == 0;
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
  if (code != ErrorCode::kMemoryLimit && code != ErrorCode::kCpuLimit) return {};
  return {*code, std::string(error_info(*code).title)};
}

Error Worker::exit_reason(int status) const {
  if (Error announced = announced_end(); !announced.message.empty()) return announced;
  std::string how = "the worker ended";
  if (WIFSIGNALED(status)) how += " by signal " + std::to_string(WTERMSIG(status));
  if (WIFEXITED(status)) how += " with status " + std::to_string(WEXITSTATUS(status));
  return {ErrorCode::kWorkerDied, std::move(how)};
}

void Worker::on_exit(int status) {
  if (state_ != State::kEnding) drain();  // what it said before it went still counts
  if (state_ != State::kEnding) end_as(exit_reason(status));
  tell_calls();
}

void Worker::tell_calls() {
  if (live_calls_ == 0) return;
  const Error& reason = end_reason_;
  const Error bystander{ErrorCode::kWorkerDied,
                        "the worker ended because of another request: " + reason.message};
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].call == nullptr) continue;
    ScriptCall* call = std::exchange(slots_[i].call, nullptr);
    --live_calls_;
    const Blame blame = running_at_end_ == 0              ? Blame::kUnknown
                        : slots_[i].id == running_at_end_ ? Blame::kThisRequest
                                                          : Blame::kAnotherRequest;
    call->on_worker_lost(blame == Blame::kAnotherRequest ? bystander : reason, blame);
  }
}

void Worker::check_turn(std::uint64_t limit_ms) {
  if (state_ == State::kEnding) return;
  if (!announced_end().message.empty()) {
    drain();  // what it said before
    if (Error end = announced_end(); !end.message.empty()) kill(std::move(end));
    return;
  }
  const ipc::WorkerStatus& status = fds_.memory.control().status;
  const std::uint64_t turn = status.turn.load(std::memory_order_relaxed);
  if (turn % 2 == 0) {
    seen_turn_ = seen_turn_cpu_us_ = 0;
    return;
  }
  const std::uint64_t cpu_us = process_cpu_us(process_.pid);
  if (cpu_us < seen_turn_cpu_us_) return;  // it has ended by itself, and will say why
  const std::uint64_t budget_us =
      std::min(limit_ms * 1000, status.turn_budget_us.load(std::memory_order_relaxed));
  if (turn != seen_turn_) {
    seen_turn_ = turn;
    seen_turn_cpu_us_ = cpu_us;
  } else if (cpu_us - seen_turn_cpu_us_ > budget_us + kOutsideSlack_us) {
    kill({ErrorCode::kCpuLimit,
          "the script ran on after its CPU time limit and its worker was killed"});
  }
}

}  // namespace brink::supervise
