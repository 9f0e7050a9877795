// In brink-worker's place for exchange_paths.cc: a worker without JavaScript, so that what a front
// does for a script's answer can be counted by itself. It answers only once the front sleeps: then
// every exchange takes the front the same way, however the two processes are scheduled.
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "core/ipc/channel.h"
#include "core/ipc/jail_parts.h"
#include "sandbox/zygote.h"

namespace brink::bench {
namespace {

class ScriptedWorker {
 public:
  explicit ScriptedWorker(sandbox::WorkerDescriptors descriptors)
      : descriptors_(std::move(descriptors)), memory_(map(descriptors_.channel.get())) {}

  int run() {
    ipc::RingConsumer inbox(memory_.control().to_worker, memory_.to_worker_ring(),
                            descriptors_.to_front.get());
    send(0, ipc::WorkerReady{.jail = ipc::JailReport().bytes()});
    for (;;) {
      ipc::Frame frame;
      while (inbox.peek(frame)) {
        handle(frame);
        inbox.pop(frame);
      }
      if (inbox.broken()) return 1;
      if (!inbox.prepare_sleep()) continue;
      pollfd wake{descriptors_.to_worker.get(), POLLIN, 0};
      ::poll(&wake, 1, -1);
      inbox.awake();
      std::uint64_t ignored = 0;
      [[maybe_unused]] const auto got =
          ::read(descriptors_.to_worker.get(), &ignored, sizeof ignored);
    }
  }

 private:
  static ipc::ChannelMemory map(int memfd) {
    auto memory = ipc::ChannelMemory::map(memfd);
    if (!memory) std::exit(1);
    return std::move(*memory);
  }

  template <class Message>
  void send(std::uint32_t id, const Message& message) {
    if (!outbox_.send(id, message)) std::exit(1);
    outbox_.wake();
  }

  void handle(const ipc::Frame& frame) {
    switch (static_cast<ipc::MessageType>(frame.header.type)) {
      case ipc::MessageType::kLoadApp:
        return send(0, ipc::AppReady{});
      case ipc::MessageType::kShutdown:
        std::exit(0);
      case ipc::MessageType::kRequest: {
        ipc::Request request;
        if (!ipc::decode(frame.payload, scratch_, request)) std::exit(1);
        return answer(frame.header.id, request);
      }
      default:
        return;
    }
  }

  void wait_until_front_sleeps() const {
    while (memory_.control().to_front.consumer_sleeps.load() == 0) {
      const timespec moment{0, 20'000};
      ::nanosleep(&moment, nullptr);
    }
  }

  void answer(std::uint32_t id, const ipc::Request& request) {
    wait_until_front_sleeps();
    bool sent = false;
    if (request.url.ends_with("/next")) {
      std::vector<HeaderField> changed(request.headers.begin(), request.headers.end());
      changed.push_back({"x-user", "1"});
      const HeaderField added[] = {{"x-edge", "1"}};
      sent = outbox_.send(id, ipc::Next{.override_request_headers = true,
                                        .cpu_us = 20,
                                        .request_headers = changed,
                                        .response_headers = added});
    } else {
      const HeaderField headers[] = {{"content-type", "application/json"}};
      ipc::OutgoingBody body;
      body.kind = ipc::BodyKind::kInline;
      body.bytes = R"({"hello":"edge","path":"/api/hello"})";
      sent = outbox_.send(id, ipc::Respond{.cpu_us = 20, .headers = headers, .body = body});
    }
    if (!sent || !outbox_.send(id, ipc::RequestDone{.cpu_us = 20})) std::exit(1);
    outbox_.wake();
  }

  sandbox::WorkerDescriptors descriptors_;
  ipc::ChannelMemory memory_;
  ipc::RingProducer outbox_{memory_.control().to_front, memory_.to_front_ring(),
                            descriptors_.to_front.get()};
  ipc::HeaderScratch scratch_;
};

}  // namespace
}  // namespace brink::bench

int main() {
  constexpr int kControl = 3;
  return brink::sandbox::run_zygote(
      brink::ipc::Fd(kControl), [](brink::sandbox::WorkerDescriptors descriptors) {
        return brink::bench::ScriptedWorker(std::move(descriptors)).run();
      });
}
