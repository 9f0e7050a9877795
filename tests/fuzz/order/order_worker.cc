// A worker in brink-worker's place that says well-formed messages in random order: what no script
// can make V8's worker say, but what a worker that was taken over could. `order.mjs` drives it.
//
// BRINK_ORDER_SEED chooses what it says; each worker adds its place in the row of forks.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/ipc/channel.h"
#include "core/ipc/jail_parts.h"
#include "sandbox/child_setup.h"
#include "sandbox/zygote.h"

namespace {

using namespace brink;
using ipc::BodyKind;
using ipc::ChunkState;
using ipc::StreamKind;

struct Stream {
  std::int64_t window = ipc::kInitialWindow_bytes;
};

struct Call {
  std::uint32_t id = 0;
  bool has_body = false;
  bool answered = false;
  int steps = 0;  ///< until it is brought to an end
};

struct Fetch {
  std::uint32_t call = 0;
  bool responded = false;
};

class RandomWorker {
 public:
  RandomWorker(sandbox::WorkerDescriptors descriptors, unsigned seed)
      : fds_(std::move(descriptors)),
        memory_(std::move(*ipc::ChannelMemory::map(fds_.channel.get()))),
        out_(memory_.control().to_front, memory_.to_front_ring(), fds_.to_front.get()),
        in_(memory_.control().to_worker, memory_.to_worker_ring(), fds_.to_front.get()),
        random_(seed) {}

  [[noreturn]] void run() {
    send(0, ipc::WorkerReady{.jail = ipc::JailReport().bytes()});
    for (;;) {
      read_messages();
      for (int i = pick(4); i > 0 && !calls_.empty(); --i) act();
      out_.wake();
      if (!in_.prepare_sleep()) continue;
      pollfd wait{fds_.to_worker.get(), POLLIN, 0};
      ::poll(&wait, 1, calls_.empty() ? -1 : 1);
      in_.awake();
      std::uint64_t count = 0;
      if (wait.revents != 0) {
        [[maybe_unused]] const ssize_t got = ::read(fds_.to_worker.get(), &count, sizeof count);
      }
    }
  }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  std::uint32_t number() { return static_cast<std::uint32_t>(random_()); }
  bool chance(int percent) { return pick(100) < percent; }
  template <class Map>
  auto any_of(Map& map) {
    return std::next(map.begin(), pick(static_cast<int>(map.size())));
  }

  template <class Message>
  void send(std::uint32_t id, const Message& message) {
    while (!out_.send(id, message)) {
      out_.expect_room();
      out_.wake();
      ::usleep(200);
    }
  }

  // ---- What the front says

  void read_messages() {
    ipc::Frame frame;
    while (in_.peek(frame)) {
      hear(frame);
      in_.pop(frame);
    }
  }

  template <class Message>
  Message decoded(const ipc::Frame& frame) {
    Message message;
    if (!ipc::decode(frame.payload, scratch_, message)) std::abort();
    return message;
  }

  void hear(const ipc::Frame& frame) {
    const std::uint32_t id = frame.header.id;
    switch (static_cast<ipc::MessageType>(frame.header.type)) {
      case ipc::MessageType::kLoadApp:
        return load();
      case ipc::MessageType::kShutdown:
        std::_Exit(0);
      case ipc::MessageType::kRequest:
        return begin(id, decoded<ipc::Request>(frame));
      case ipc::MessageType::kFetchResponse:
        if (const auto fetch = fetches_.find(id); fetch != fetches_.end())
          fetch->second.responded = true;
        return;
      case ipc::MessageType::kFetchFailed:
        fetches_.erase(id);
        return;
      case ipc::MessageType::kWindow: {
        const auto window = decoded<ipc::Window>(frame);
        const auto stream = streams_.find({window.kind, id});
        if (stream == streams_.end()) return;
        if (window.gone && !chance(20)) {
          streams_.erase(stream);
        } else {
          stream->second.window += window.added_bytes;
        }
        return;
      }
      case ipc::MessageType::kCancel:
        if (decoded<ipc::Cancel>(frame).kill && calls_.contains(id)) finish(id);
        return;
      default:
        return;
    }
  }

  void load() {
    const HeaderField matcher{"/mw/:path*", "^/mw(?:/.*)?$"};
    send(0, ipc::AppReady{.matchers = {&matcher, 1}, .matches_every_path = false});
  }

  void begin(std::uint32_t id, const ipc::Request& request) {
    for (const HeaderField& field : request.headers) {
      if (field.name == "x-origin") origin_ = field.value;
    }
    calls_[id] = {id, request.body_kind != ipc::Request::Body::kNone, false, 3 + pick(30)};
  }

  // ---- What it says

  void act() {
    Call& call = any_of(calls_)->second;
    if (--call.steps <= 0) return bring_to_end(call);
    if (chance(1)) return say_anything();
    switch (pick(10)) {
      case 0:
      case 1:
        return fetch(call);
      case 2:
      case 3:
        return write_some();
      case 4:
      case 5:
        return pull(call);
      case 6:
        return cancel(call);
      case 7:
        if (call.answered || chance(50)) return;
        return respond(call);
      case 8:
        if (!call.answered && chance(20)) next(call);
        return;
      default:
        return send(call.id, ipc::Log{.text = "a line"});
    }
  }

  /// Mostly a body that is there; sometimes one of another request, or none at all.
  ipc::StreamRef some_source(const Call& call) {
    if (chance(5)) return {static_cast<StreamKind>(pick(4)), number()};
    if (call.has_body && chance(50)) return {StreamKind::kRequestBody, call.id};
    if (!fetches_.empty()) return {StreamKind::kFetchResponseBody, any_of(fetches_)->first};
    return {StreamKind::kRequestBody, any_of(calls_)->first};
  }

  ipc::OutgoingBody some_body(const Call& call) {
    ipc::OutgoingBody body;
    body.kind = static_cast<BodyKind>(pick(static_cast<int>(BodyKind::kCount)));
    if (body.kind == BodyKind::kInline) body.bytes = "inline";
    if (body.kind == BodyKind::kStream && chance(30)) body.content_length = pick(100'000);
    if (body.kind == BodyKind::kPassThrough) body.source = some_source(call);
    return body;
  }

  void fetch(Call& call) {
    static constexpr const char* kPaths[] = {"/quick", "/early",  "/303",   "/307",    "/slow",
                                             "/reset", "/stream", "/never", "/interim"};
    ipc::Fetch message;
    message.request = call.id;
    message.body = some_body(call);
    message.method = message.body.kind == BodyKind::kNone ? "GET" : "POST";
    const std::string url = origin_ + kPaths[pick(std::size(kPaths))];
    message.url = url;
    message.redirect = chance(80) ? ipc::RedirectMode::kFollow : ipc::RedirectMode::kManual;
    const std::uint32_t id = ++last_fetch_;
    fetches_[id] = {call.id};
    if (message.body.kind == BodyKind::kStream) streams_[{StreamKind::kFetchRequestBody, id}] = {};
    send(id, message);
  }

  void write_some() {
    if (streams_.empty()) return;
    const auto at = any_of(streams_);
    auto& [ref, stream] = *at;
    const std::int64_t most = std::min<std::int64_t>(stream.window, ipc::kMaxChunk_bytes);
    const std::string bytes(static_cast<std::size_t>(most > 0 ? pick(static_cast<int>(most)) : 0),
                            'w');
    const ChunkState state = chance(80)   ? ChunkState::kMore
                             : chance(70) ? ChunkState::kEnd
                                          : ChunkState::kError;
    if (bytes.empty() && state == ChunkState::kMore) return;
    stream.window -= static_cast<std::int64_t>(bytes.size());
    const auto [kind, id] = ref;
    if (state != ChunkState::kMore) streams_.erase(at);
    send(id, ipc::StreamChunk{kind, state, bytes});
  }

  void pull(Call& call) {
    const std::uint32_t most = 1 + static_cast<std::uint32_t>(pick(70'000));
    if (call.has_body && chance(40)) {
      // A second pull before the first is answered is an error: now and then only.
      return send(call.id, ipc::BodyPull{StreamKind::kRequestBody, most});
    }
    if (fetches_.empty()) return;
    const auto at = any_of(fetches_);
    if (at->second.responded) send(at->first, ipc::BodyPull{StreamKind::kFetchResponseBody, most});
  }

  void cancel(Call& call) {
    if (call.has_body && chance(20))
      return send(call.id, ipc::BodyCancel{StreamKind::kRequestBody});
    if (fetches_.empty()) return;
    const auto at = any_of(fetches_);
    if (at->second.responded && chance(50)) {
      return send(at->first, ipc::BodyCancel{StreamKind::kFetchResponseBody});
    }
    const std::uint32_t id = at->first;
    fetches_.erase(at);
    streams_.erase({StreamKind::kFetchRequestBody, id});
    send(id, ipc::FetchAbort{});
  }

  void respond(Call& call) {
    call.answered = true;
    if (chance(5)) {
      return send(call.id, ipc::RequestFailed{"BRINK_SCRIPT_ERROR", "Error: random", "at random"});
    }
    ipc::Respond message;
    message.status = static_cast<std::uint16_t>(chance(90) ? 200 : 200 + pick(400));
    message.body = some_body(call);
    if (message.body.kind == BodyKind::kStream) streams_[{StreamKind::kResponseBody, call.id}] = {};
    send(call.id, message);
  }

  void next(Call& call) {
    call.answered = true;
    const std::string url = chance(20) ? origin_ + "/quick" : std::string();
    send(call.id, ipc::Next{.rewrite_url = url});
  }

  void bring_to_end(Call& call) {
    if (!call.answered) respond(call);
    const std::uint32_t id = call.id;
    for (auto stream = streams_.begin(); stream != streams_.end();) {
      const auto [kind, of] = stream->first;
      const bool own = kind == StreamKind::kResponseBody
                           ? of == id
                           : fetches_.contains(of) && fetches_[of].call == id;
      if (!own) {
        ++stream;
        continue;
      }
      stream = streams_.erase(stream);
      send(of, ipc::StreamChunk{kind, ChunkState::kEnd, {}});
    }
    finish(id);
  }

  void finish(std::uint32_t id) {
    calls_.erase(id);
    std::erase_if(fetches_, [id](const auto& fetch) { return fetch.second.call == id; });
    streams_.erase({StreamKind::kResponseBody, id});
    send(id, ipc::RequestDone{});
  }

  /// Well formed, and most likely not what can be now.
  void say_anything() {
    const std::uint32_t id =
        chance(50) && !calls_.empty() ? any_of(calls_)->first : number() % 9000;
    const auto kind = static_cast<StreamKind>(pick(4));
    switch (pick(6)) {
      case 0:
        return send(id, ipc::StreamChunk{kind, static_cast<ChunkState>(pick(3)), "x"});
      case 1:
        return send(id, ipc::BodyPull{kind, number()});
      case 2:
        return send(id, ipc::BodyCancel{kind});
      case 3:
        return send(id, ipc::FetchAbort{});
      case 4:
        return send(id, ipc::RequestDone{});
      default:
        return send(id, ipc::Respond{});
    }
  }

  sandbox::WorkerDescriptors fds_;
  ipc::ChannelMemory memory_;
  ipc::RingProducer out_;
  ipc::RingConsumer in_;
  ipc::HeaderScratch scratch_;
  std::minstd_rand random_;
  std::string origin_;
  std::map<std::uint32_t, Call> calls_;
  std::map<std::uint32_t, Fetch> fetches_;
  std::map<std::pair<StreamKind, std::uint32_t>, Stream> streams_;
  std::uint32_t last_fetch_ = 0;
};

unsigned seed() {
  const char* text = std::getenv("BRINK_ORDER_SEED");
  return text == nullptr ? 1 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

}  // namespace

int main() {
  unsigned forks = 0;
  return brink::sandbox::run_zygote(ipc::Fd(3), [&](brink::sandbox::WorkerDescriptors fds) -> int {
    RandomWorker(std::move(fds), seed() + 7919 * static_cast<unsigned>(::getpid() + forks++)).run();
  });
}
