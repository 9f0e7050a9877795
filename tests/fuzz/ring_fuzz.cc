// A hostile worker: its ring, its messages and its status in shared memory, which change at any
// moment, against supervise::Worker. The input is a list of what either side does next.
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/ipc/channel.h"
#include "core/loop/event_loop.h"
#include "core/supervise/worker.h"
#include "tests/fuzz/target.h"

namespace brink::fuzz {
namespace {

using supervise::Worker;

constexpr std::uint16_t kFirstFromWorker =
    static_cast<std::uint16_t>(ipc::MessageType::kWorkerReady);
constexpr std::uint16_t kFromWorker =
    static_cast<std::uint16_t>(ipc::MessageType::kRequestDone) - kFirstFromWorker + 1;

/// A WorkerReady with nothing missing from the jail, without which nothing else comes: too long to
/// be found by chance.
const std::string kReady =
    std::string{static_cast<char>(ipc::kJailParts), 0, 0, 0} + std::string(ipc::kJailParts, '\0');

/// The worker's end of the shared memory.
class Peer {
 public:
  Peer(int memfd, int to_front_event)
      : memory_(*ipc::ChannelMemory::map(memfd)),
        producer_(control().to_front, memory_.to_front_ring(), to_front_event),
        consumer_(control().to_worker, memory_.to_worker_ring(), to_front_event) {}

  ipc::ControlPage& control() { return memory_.control(); }

  void send(std::uint16_t type, std::uint32_t id, std::string_view payload) {
    static_cast<void>(producer_.send_encoded(static_cast<ipc::MessageType>(type), id,
                                             std::as_bytes(std::span(payload))));
    producer_.wake();
  }

  void read_some(unsigned count) {
    ipc::Frame frame;
    for (unsigned i = 0; i < count && consumer_.peek(frame); ++i) consumer_.pop(frame);
    static_cast<void>(consumer_.prepare_sleep());
  }

  void write_anywhere(std::uint32_t offset, std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(memory_.to_front_ring() + offset % ipc::kRingCapacity_bytes, bytes.data(),
                bytes.size());
  }

  /// Changes the frame that the front is reading right now.
  void scribble() {
    const std::uint64_t tail = control().to_front.tail.load();
    std::memset(memory_.to_front_ring() + tail % ipc::kRingCapacity_bytes, 0xee, 512);
  }

  std::uint64_t near(std::uint64_t position, std::int16_t by) {
    return position + static_cast<std::uint64_t>(std::int64_t{by});
  }

 private:
  ipc::ChannelMemory memory_;
  ipc::RingProducer producer_;
  ipc::RingConsumer consumer_;
};

/// All that a message says, as text. What the front looks at must not change while it does.
class Reading {
 public:
  template <class Message>
  static void check(Peer* scribbler, Message message) {
    if (scribbler == nullptr) return;
    Reading before, after;
    message.fields(before);
    scribbler->scribble();
    message.fields(after);
    FUZZ_CHECK(before.text_ == after.text_);
  }

  void operator()(std::string_view text) { text_ += text; }
  void operator()(HeaderSpan fields) {
    FUZZ_CHECK(fields.size() <= ipc::kMaxHeaders);
    for (const HeaderField& field : fields) (*this)(field.name), (*this)(field.value);
  }
  template <class T>
    requires(std::is_integral_v<T> || std::is_enum_v<T>)
  void operator()(T value) {
    if constexpr (std::is_enum_v<T>) FUZZ_CHECK(value < T::kCount);
    text_ += std::to_string(static_cast<std::int64_t>(value));
  }

 private:
  std::string text_;
};

/// One request of the front's, with the states of a real one: one answer, then what belongs to it.
class Call final : public supervise::ScriptCall {
 public:
  explicit Call(Peer*& scribbler) : scribbler_(scribbler) {}
  bool over() const { return over_; }

  std::string_view request_id() const override { return "call"; }

  Claim claim() const override { return answered_ ? Claim::kBackground : Claim::kFull; }
  void give_way() override {}
  bool on_respond(const ipc::Respond& message) override {
    Reading::check(alive(), message);
    return !std::exchange(answered_, true);
  }
  bool on_next(const ipc::Next& message) override {
    Reading::check(alive(), message);
    return !std::exchange(answered_, true);
  }
  bool on_failed(const Error& error, std::string_view, std::uint32_t) override {
    alive();
    FUZZ_CHECK(!error_info(error.code).name.empty());
    answered_ = true;
    return true;
  }
  bool on_chunk(ipc::StreamRef stream, ipc::ChunkState, std::string_view bytes) override {
    alive();
    FUZZ_CHECK(stream.kind < ipc::StreamKind::kCount && bytes.size() <= ipc::kMaxPayload_bytes);
    const std::string copied(bytes);
    return answered_ || stream.kind != ipc::StreamKind::kResponseBody;
  }
  bool on_body_pull(ipc::StreamRef stream, std::uint32_t) override { return incoming(stream); }
  bool on_body_cancel(ipc::StreamRef stream) override { return incoming(stream); }
  bool on_fetch(std::uint32_t, const ipc::Fetch& message) override {
    Reading::check(alive(), message);
    return true;
  }
  bool on_fetch_abort(std::uint32_t) override {
    alive();
    return true;
  }
  void on_done(const ipc::RequestDone&) override {
    alive();
    over_ = true;
  }
  void on_worker_lost(const Error& error, supervise::Blame) override {
    alive();
    FUZZ_CHECK(!error.message.empty());
    over_ = true;
  }

 private:
  Peer* alive() const {
    FUZZ_CHECK(!over_);
    return scribbler_;
  }
  bool incoming(ipc::StreamRef stream) {
    alive();
    FUZZ_CHECK(stream.kind < ipc::StreamKind::kCount);
    return stream.kind == ipc::StreamKind::kRequestBody ||
           stream.kind == ipc::StreamKind::kFetchResponseBody;
  }

  Peer*& scribbler_;
  bool answered_ = false;
  bool over_ = false;
};

class Observer final : public supervise::SpareObserver, public supervise::WorkerObserver {
 public:
  explicit Observer(Peer*& scribbler) : scribbler_(scribbler) {}
  void on_spare_ready(Worker&) override {}
  void on_module_needed(Worker& worker, std::uint32_t sequence,
                        const ipc::ModuleNeeded& message) override {
    Reading::check(scribbler_, message);
    worker.send(sequence, ipc::ModuleSource{ipc::ModuleSource::Part::kNotFound, "a.js", "no"});
  }
  bool on_code_cache(Worker&, const ipc::CodeCache& message) override {
    Reading::check(scribbler_, message);
    return message.path != "refuse";
  }
  void on_app_ready(Worker&, const ipc::AppReady& message) override {
    Reading::check(scribbler_, message);
  }
  void on_app_failed(Worker&, const ipc::AppFailed& message) override {
    Reading::check(scribbler_, message);
  }
  void on_script_log(std::string_view, ipc::LogLevel level, std::string_view) override {
    FUZZ_CHECK(level < ipc::LogLevel::kCount);
  }

 private:
  Peer*& scribbler_;
};

/// Front and worker of one input.
class Game {
 public:
  explicit Game(EventLoop& loop) : loop_(loop), observer_(scribbler_) {
    Worker::Descriptors descriptors = *Worker::make_descriptors();
    peer_ = std::make_unique<Peer>(descriptors.memfd.get(), descriptors.to_front_event.get());
    // No process: signals to it go nowhere.
    worker_ = *Worker::create(loop, std::move(descriptors), {}, observer_);
  }
  ~Game() {
    worker_->on_exit(exit_status_);
    FUZZ_CHECK(worker_->calls() == 0);
    for (const auto& call : calls_) FUZZ_CHECK(call->over());
    worker_.reset();
    loop_.run_ready();  // frees what was closed
  }

  void play(Input in) {
    while (!in.empty()) step(in);
  }

 private:
  enum Move : std::uint8_t {
    kDrain,
    kSettle,
    kSend,
    kSendAnything,
    kWrite,
    kMoveHead,
    kMoveTail,
    kStartCall,
    kFrontSends,
    kStatus,
    kCheckTurn,
    kRead,
    kLoad,
    kTurn,
    kScribble,
    kFlags,
    kExitStatus,
    kCount
  };

  void step(Input& in) {
    ipc::ControlPage& control = peer_->control();
    switch (static_cast<Move>(in.number() % kCount)) {
      case kDrain:
        worker_->drain();
        break;
      case kSettle:
        if (worker_->settle()) worker_->awake();
        break;
      case kSend: {
        const std::uint16_t type = kFirstFromWorker + in.number() % kFromWorker;
        const std::uint32_t id = pick_id(in);
        const std::string_view text = in.text(in.number<std::uint16_t>());
        peer_->send(type, id, type == kFirstFromWorker && text.empty() ? kReady : text);
        break;
      }
      case kSendAnything: {
        const auto type = in.number<std::uint16_t>();
        const auto id = in.number<std::uint32_t>();
        peer_->send(type, id, in.text(in.number()));
        break;
      }
      case kWrite: {
        const auto offset = in.number<std::uint32_t>();
        peer_->write_anywhere(offset, in.text(in.number()));
        break;
      }
      case kMoveHead:
        move(in, control.to_front.head, control.to_front.tail.load());
        break;
      case kMoveTail:
        move(in, control.to_worker.tail, control.to_worker.head.load());
        break;
      case kStartCall:
        start_call(in);
        break;
      case kFrontSends:
        front_sends(in);
        break;
      case kStatus:
        control.status.turn = in.number<std::uint64_t>();
        control.status.current_request = pick_id(in);
        control.status.exit_code_name = in.number<std::uint32_t>();
        break;
      case kCheckTurn:
        worker_->check(in.number());
        break;
      case kRead:
        peer_->read_some(in.number());
        break;
      case kLoad:
        if (worker_->state() == Worker::State::kSpare) {
          worker_->load({.entries = "m middleware.js\n"}, observer_);
        }
        break;
      case kTurn:
        loop_.run_ready();
        break;
      case kScribble:
        scribbler_ = scribbler_ == nullptr ? peer_.get() : nullptr;
        break;
      case kFlags:
        control.to_front.producer_waits = in.number();
        control.to_worker.consumer_sleeps = in.number();
        break;
      default:
        exit_status_ = in.number<std::uint16_t>();
        break;
    }
  }

  std::uint32_t pick_id(Input& in) {
    const std::uint8_t choice = in.number();
    if (choice < ids_.size()) return ids_[choice];
    return choice < 0xf0 ? choice : in.number<std::uint32_t>();
  }

  void move(Input& in, std::atomic<std::uint64_t>& position, std::uint64_t other) {
    const bool near = in.number() % 4 != 0;
    position = near ? peer_->near(other, in.number<std::int16_t>()) : in.number<std::uint64_t>();
  }

  void start_call(Input& in) {
    if (worker_->state() != Worker::State::kServing) return;
    ipc::Request request;
    request.method = "GET";
    const std::string url(in.number<std::uint16_t>(), 'u');
    request.url = url;
    auto call = std::make_unique<Call>(scribbler_);
    const Result<std::uint32_t> id = worker_->start_call(request, *call);
    if (!id) return;
    ids_.push_back(*id);
    calls_.push_back(std::move(call));
  }

  void front_sends(Input& in) {
    const std::uint32_t id = pick_id(in);
    const std::string bytes(in.number<std::uint16_t>(), 'b');
    worker_->send(id,
                  ipc::BodyChunk{ipc::StreamKind::kRequestBody, ipc::ChunkState::kMore, {}, bytes});
  }

  EventLoop& loop_;
  Peer* scribbler_ = nullptr;  // set: it changes what is being read
  Observer observer_;
  std::unique_ptr<Peer> peer_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<std::uint32_t> ids_;
  std::unique_ptr<Worker> worker_;
  int exit_status_ = 0;
};

}  // namespace

void ring(std::string_view input) {
  static EventLoop loop;
  const ExactCopy copy(input);
  Game game(loop);
  game.play(Input(copy.view()));
}

}  // namespace brink::fuzz
