#include "bench/micro/local_worker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "bench/micro/path.h"
#include "bindings/bindings.h"

extern "C" const char brink_snapshot_begin[];
extern "C" const char brink_snapshot_end[];

namespace brink::bench {
namespace {

using ipc::MessageType;

// Never passed, also where valgrind makes everything fifty times slower.
constexpr std::uint32_t kCpuLimit_ms = 60'000;
constexpr std::uint32_t kMemoryLimit_bytes = 128 * 1024 * 1024;

template <class T>
T must(Result<T> result) {
  require(result.has_value(), result ? "" : result.error().message);
  return std::move(*result);
}

sandbox::Worker* start_worker(int memfd) {
  sandbox::WorkerDescriptors descriptors;
  descriptors.channel.reset(::dup(memfd));
  descriptors.to_worker.reset(::eventfd(0, EFD_CLOEXEC));
  descriptors.to_front.reset(::eventfd(0, EFD_CLOEXEC));
  static sandbox::V8Start v8(worker_snapshot(), worker_bindings());  // once in a process
  return new sandbox::Worker(std::move(descriptors), must(ipc::ChannelMemory::map(memfd)), v8,
                             worker_bindings(), nullptr);
}

}  // namespace

sandbox::BindingList worker_bindings() {
  static const std::vector<sandbox::Binding> kBindings = bindings::all_bindings();
  return kBindings;
}

const v8::StartupData& worker_snapshot() {
  static const v8::StartupData kSnapshot{
      brink_snapshot_begin, static_cast<int>(brink_snapshot_end - brink_snapshot_begin)};
  return kSnapshot;
}

LocalWorker::LocalWorker()
    : memfd_(must(ipc::ChannelMemory::create())),
      memory_(must(ipc::ChannelMemory::map(memfd_.get()))),
      worker_(start_worker(memfd_.get())),
      producer_(memory_.control().to_worker, memory_.to_worker_ring(), -1),
      consumer_(memory_.control().to_front, memory_.to_front_ring(), -1) {}

void LocalWorker::load(std::string_view middleware) {
  middleware_ = middleware;
  send(0, ipc::LoadApp{.cpu_limit_ms = kCpuLimit_ms,
                       .start_cpu_limit_ms = kCpuLimit_ms,
                       .memory_limit_bytes = kMemoryLimit_bytes,
                       .entries = "m middleware.js\n"});
  run_until(ready_, nullptr);
}

void LocalWorker::serve(const Workload& workload) {
  done_ = false;
  using Body = ipc::Request::Body;
  id_ += ipc::kRequestSlots;
  send(id_, ipc::Request{.body_kind = workload.body.empty() ? Body::kNone : Body::kWhole,
                         .method = workload.method,
                         .url = workload.url,
                         .client_ip = "192.0.2.1",
                         .headers = workload.headers,
                         .body = workload.body});
  run_until(done_, &workload);
}

template <class Message>
void LocalWorker::send(std::uint32_t id, const Message& message) {
  require(producer_.send(id, message), "room in the ring");
}

void LocalWorker::run_until(const bool& said, const Workload* workload) {
  while (!said) {
    worker_->advance();
    ipc::Frame frame;
    while (consumer_.peek(frame)) {
      handle(frame, workload);
      consumer_.pop(frame);
    }
  }
}

void LocalWorker::handle(const ipc::Frame& frame, const Workload* workload) {
  const std::uint32_t id = frame.header.id;
  switch (static_cast<MessageType>(frame.header.type)) {
    case MessageType::kModuleNeeded:
      return send_module(id);
    case MessageType::kAppReady:
      ready_ = true;
      return;
    case MessageType::kBodyPull:
      return send(id, ipc::BodyChunk{.state = ipc::ChunkState::kEnd, .bytes = workload->body});
    case MessageType::kRespond:
    case MessageType::kNext:
    case MessageType::kCodeCache:
      return;
    case MessageType::kRequestDone:
      done_ = true;
      return;
    case MessageType::kRequestFailed: {
      ipc::RequestFailed failed;
      ipc::decode(frame.payload, scratch_, failed);
      return require(false, failed.message);
    }
    case MessageType::kLog: {
      ipc::Log line;
      ipc::decode(frame.payload, scratch_, line);
      return require(false, line.text);
    }
    default:
      return require(false, "a message that a worker may send here");
  }
}

void LocalWorker::send_module(std::uint32_t sequence) {
  using Part = ipc::ModuleSource::Part;
  send(sequence,
       ipc::ModuleSource{.part = Part::kSource, .path = "middleware.js", .bytes = middleware_});
  send(sequence, ipc::ModuleSource{.part = Part::kEnd, .path = "middleware.js"});
}

}  // namespace brink::bench
