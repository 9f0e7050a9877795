#include "sandbox/local_front.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace brink::sandbox {

using ipc::MessageType;

Result<std::unique_ptr<LocalFront>> LocalFront::make(V8Start& v8, BindingList bindings) {
  Result<ipc::Fd> memfd = ipc::ChannelMemory::create();
  if (!memfd) return std::unexpected(memfd.error());
  Result<ipc::ChannelMemory> own = ipc::ChannelMemory::map(memfd->get());
  if (!own) return std::unexpected(own.error());
  Result<ipc::ChannelMemory> workers = ipc::ChannelMemory::map(memfd->get());
  if (!workers) return std::unexpected(workers.error());
  WorkerDescriptors descriptors;
  descriptors.channel = std::move(*memfd);
  descriptors.to_worker.reset(::eventfd(0, EFD_CLOEXEC));
  descriptors.to_front.reset(::eventfd(0, EFD_CLOEXEC));
  auto worker =
      std::make_unique<Worker>(std::move(descriptors), std::move(*workers), v8, bindings, nullptr);
  return std::unique_ptr<LocalFront>(new LocalFront(std::move(*own), std::move(worker)));
}

// Nobody sleeps, so nobody is woken: no eventfd.
LocalFront::LocalFront(ipc::ChannelMemory memory, std::unique_ptr<Worker> worker)
    : memory_(std::move(memory)),
      worker_(std::move(worker)),
      producer_(memory_.control().to_worker, memory_.to_worker_ring(), -1),
      consumer_(memory_.control().to_front, memory_.to_front_ring(), -1) {}

Result<void> LocalFront::load(std::string_view middleware, ipc::LoadApp rules) {
  middleware_ = middleware;
  rules.entries = "m middleware.js\n";
  send(0, rules);
  return run_until(ready_);
}

Result<void> LocalFront::serve(const ipc::Request& request) {
  done_ = false;
  body_ = request.body;
  id_ += ipc::kRequestSlots;
  send(id_, request);
  return run_until(done_);
}

template <class Message>
void LocalFront::send(std::uint32_t id, const Message& message) {
  if (!producer_.send(id, message)) fail("no room in the ring");
}

Result<void> LocalFront::run_until(const bool& said) {
  while (!said && failure_.empty()) {
    worker_->advance();
    ipc::Frame frame;
    while (consumer_.peek(frame)) {
      handle(frame);
      consumer_.pop(frame);
    }
    if (consumer_.broken()) fail("the ring is broken");
  }
  if (failure_.empty()) return {};
  return brink::fail(ErrorCode::kInternal, failure_);
}

void LocalFront::handle(const ipc::Frame& frame) {
  const std::uint32_t id = frame.header.id;
  switch (static_cast<MessageType>(frame.header.type)) {
    case MessageType::kModuleNeeded:
      return send_module(id);
    case MessageType::kAppReady:
      ready_ = true;
      return;
    case MessageType::kBodyPull:
      return send(id, ipc::BodyChunk{.state = ipc::ChunkState::kEnd, .bytes = body_});
    case MessageType::kRespond:
    case MessageType::kNext:
    case MessageType::kCodeCache:
      return;
    case MessageType::kRequestDone:
      done_ = true;
      return;
    case MessageType::kAppFailed: {
      ipc::AppFailed failed;
      ipc::decode(frame.payload, scratch_, failed);
      return fail(failed.message);
    }
    case MessageType::kRequestFailed: {
      ipc::RequestFailed failed;
      ipc::decode(frame.payload, scratch_, failed);
      return fail(failed.message);
    }
    case MessageType::kLog: {
      ipc::Log line;
      ipc::decode(frame.payload, scratch_, line);
      return fail(line.text);
    }
    default:
      return fail("a message that is not expected here");
  }
}

void LocalFront::send_module(std::uint32_t sequence) {
  using Part = ipc::ModuleSource::Part;
  send(sequence,
       ipc::ModuleSource{.part = Part::kSource, .path = "middleware.js", .bytes = middleware_});
  send(sequence, ipc::ModuleSource{.part = Part::kEnd, .path = "middleware.js"});
}

void LocalFront::fail(std::string_view message) {
  if (failure_.empty()) failure_ = message;
}

}  // namespace brink::sandbox
