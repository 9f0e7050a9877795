// What is written down: messages of a channel, lines of the access log.
#include <string>
#include <utility>
#include <vector>

#include "bench/micro/fake_client.h"
#include "bench/micro/path.h"
#include "core/ipc/channel.h"
#include "core/observe/access_log.h"
#include "core/proxy/request_view.h"

namespace brink::bench {
namespace {

template <class T>
T must(Result<T> result) {
  require(result.has_value(), result ? "" : result.error().message);
  return std::move(*result);
}

/// One direction of a channel with both of its ends.
class Ring {
 public:
  Ring(ipc::RingControl& control, std::byte* memory)
      : producer_(control, memory, -1), consumer_(control, memory, -1) {}

  /// Sends a message and reads it as the other side does.
  template <class Message>
  void pass(std::uint32_t id, const Message& message) {
    require(producer_.send(id, message), "room in the ring");
    producer_.wake();
    ipc::Frame frame;
    require(consumer_.peek(frame), "a message");
    Message received;
    require(ipc::decode(frame.payload, scratch_, received), "a sound message");
    keep(received);
    consumer_.pop(frame);
  }

 private:
  ipc::RingProducer producer_;
  ipc::RingConsumer consumer_;
  ipc::HeaderScratch scratch_;
};

/// A Request to a worker, its Respond and RequestDone back: encoded, sent, received, decoded.
class RingPath final : public Path {
 public:
  RingPath() { proxy::view_client_request(client_, {}, arena_, view_); }

  void run() override {
    ++id_;
    to_worker_.pass(id_, ipc::Request{.method = view_.method,
                                      .url = url_,
                                      .client_ip = client_.client_ip(),
                                      .headers = view_.headers});
    ipc::OutgoingBody body;
    body.kind = ipc::BodyKind::kInline;
    body.bytes = R"({"hello":"edge","path":"/api/hello"})";
    to_front_.pass(id_, ipc::Respond{.cpu_us = 20, .headers = answer_, .body = body});
    to_front_.pass(id_, ipc::RequestDone{.cpu_us = 20});
  }

 private:
  FakeClient client_;
  Arena arena_;
  proxy::RequestView view_;
  const std::string url_ = "http://shop.example.com/products/lamp?lang=en";
  const std::vector<HeaderField> answer_ = {{"content-type", "application/json"}};
  ipc::Fd memfd_ = must(ipc::ChannelMemory::create());
  ipc::ChannelMemory memory_ = must(ipc::ChannelMemory::map(memfd_.get()));
  Ring to_worker_{memory_.control().to_worker, memory_.to_worker_ring()};
  Ring to_front_{memory_.control().to_front, memory_.to_front_ring()};
  std::uint32_t id_ = 0;
};

/// A line of the access log; every some hundred lines leave by a write().
class AccessLogPath final : public Path {
 public:
  void run() override {
    record_.time_us += 17;
    log_->write(record_);
  }

 private:
  std::unique_ptr<AccessLog> log_ = must(AccessLog::open("/dev/null"));
  AccessRecord record_ = {.time_us = 1'769'860'800'123'456,
                          .client = "192.0.2.1",
                          .method = "GET",
                          .host = "shop.example.com",
                          .target = "/products/lamp?lang=en",
                          .status = 200,
                          .sent_bytes = 1024,
                          .duration_us = 412,
                          .source = ResponseSource::kOrigin,
                          .cpu_us = 20,
                          .error = {},
                          .request_id = "8a3f21c400000017",
                          .app = "shop"};
};

template <class T>
std::unique_ptr<Path> make() {
  return std::make_unique<T>();
}

}  // namespace

std::span<const PathInfo> message_paths() {
  static constexpr PathInfo kPaths[] = {
      {"ring", make<RingPath>, 2000},
      {"access-log", make<AccessLogPath>, 4000},
  };
  return kPaths;
}

}  // namespace brink::bench
