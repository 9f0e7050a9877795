#include "tests/unit/bindings/worker_driver.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>

namespace brink::testing {
namespace {

using Clock = std::chrono::steady_clock;

Headers copy(HeaderSpan fields) {
  Headers headers;
  for (const HeaderField& field : fields) headers.emplace_back(field.name, field.value);
  return headers;
}

std::vector<HeaderField> view(const Headers& headers) {
  std::vector<HeaderField> fields;
  for (const auto& [name, value] : headers) fields.push_back({name, value});
  return fields;
}

}  // namespace

std::string Answer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "(none)";
}

ZygoteProcess::ZygoteProcess() {
  std::array<int, 2> pair{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), 0);
  pid_ = ::fork();
  if (pid_ == 0) {
    if (pair[1] == 3) {
      ::fcntl(3, F_SETFD, 0);
    } else {
      ::dup2(pair[1], 3);
    }
    ::setenv("BRINK_HASH_SEED", "1", 1);  // as one front's: code caches go from one to the next
    ::execl(BRINK_WORKER, "brink-worker", nullptr);
    ::_exit(127);
  }
  ::close(pair[1]);
  control_ = ipc::Fd(pair[0]);
}

ZygoteProcess::~ZygoteProcess() {
  control_.reset();
  ::waitpid(pid_, nullptr, 0);
}

WorkerDriver::WorkerDriver(Options wanted) : options(std::move(wanted)) { spawn(); }

WorkerDriver::~WorkerDriver() {
  if (!exit_status) ::kill(worker_pid, SIGKILL);
}

void WorkerDriver::spawn() {
  Result<ipc::Fd> memfd = ipc::ChannelMemory::create();
  ASSERT_TRUE(memfd.has_value());
  Result<ipc::ChannelMemory> memory = ipc::ChannelMemory::map(memfd->get());
  ASSERT_TRUE(memory.has_value());
  memory_ = std::move(*memory);
  const unsigned waits = options.rehearses ? 0 : 1;
  to_worker_ = ipc::Fd(::eventfd(waits, EFD_CLOEXEC | EFD_NONBLOCK));
  to_front_ = ipc::Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  producer_ = std::make_unique<ipc::RingProducer>(memory_.control().to_worker,
                                                  memory_.to_worker_ring(), to_worker_.get());
  consumer_ = std::make_unique<ipc::RingConsumer>(memory_.control().to_front,
                                                  memory_.to_front_ring(), to_worker_.get());
  const std::array fds{memfd->get(), to_worker_.get(), to_front_.get()};
  ASSERT_TRUE(
      ipc::send_control(zygote.control(), {.kind = ipc::ControlMessage::Kind::kSpawn}, fds));
  Result<ipc::ReceivedControl> answer = ipc::receive_control(zygote.control());
  ASSERT_TRUE(answer.has_value());
  ASSERT_EQ(answer->message.kind, ipc::ControlMessage::Kind::kSpawned);
  ASSERT_EQ(answer->fds.size(), 1U);
  worker_pid = answer->message.pid;
  pidfd_ = std::move(answer->fds[0]);
  ASSERT_TRUE(pump([this] { return ready; }));
}

double WorkerDriver::cpu_ms() const {
  clockid_t clock{};
  timespec used{};
  EXPECT_EQ(::clock_getcpuclockid(worker_pid, &clock), 0);
  EXPECT_EQ(::clock_gettime(clock, &used), 0);
  return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

bool WorkerDriver::load() {
  send(0, ipc::LoadApp{.cpu_limit_ms = options.cpu_limit_ms,
                       .start_cpu_limit_ms = options.start_cpu_limit_ms,
                       .memory_limit_bytes = options.memory_limit_bytes,
                       .isolate_requests = options.isolate_requests,
                       .entries = options.entries,
                       .allow_eval = options.allow_eval,
                       .frozen_clock = options.frozen_clock,
                       .limits = options.limits});
  pump([this] { return app_ready || app_failed; });
  return app_ready;
}

WorkerDriver WorkerDriver::with_middleware(std::string source) {
  return WorkerDriver({.modules = {{"middleware.js", std::move(source)}}});
}

std::uint32_t WorkerDriver::send_request(std::string_view url, const Headers& headers,
                                         bool has_body, std::string_view method,
                                         std::uint16_t entry, const Headers& params) {
  const std::uint32_t id = ++last_request_;
  answers[id] = {};
  const auto fields = view(headers), param_fields = view(params);
  send(id,
       ipc::Request{.entry = entry,
                    .body_kind = !has_body                    ? ipc::Request::Body::kNone
                                 : options.whole_body.empty() ? ipc::Request::Body::kToPull
                                                              : ipc::Request::Body::kWhole,
                    .method = method,
                    .url = url,
                    .client_ip = "192.0.2.1",
                    .params = param_fields,
                    .headers = fields,
                    .body = has_body ? std::string_view(options.whole_body) : std::string_view()});
  return id;
}

Answer WorkerDriver::finish(std::uint32_t request) {
  pump([&] { return answers[request].done; }, 15'000);
  return answers[request];
}

bool WorkerDriver::pump(const std::function<bool()>& until, int timeout_ms) {
  const auto end = Clock::now() + std::chrono::milliseconds(timeout_ms);
  for (;;) {
    drain();
    if (until()) return true;
    if (exit_status) return false;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    if (!consumer_->prepare_sleep()) continue;
    std::array<pollfd, 2> watched{{{to_front_.get(), POLLIN, 0}, {zygote.control(), POLLIN, 0}}};
    ::poll(watched.data(), watched.size(), static_cast<int>(left));
    consumer_->awake();
    std::uint64_t ignored = 0;
    [[maybe_unused]] const ssize_t got = ::read(to_front_.get(), &ignored, sizeof ignored);
    if (watched[1].revents == 0) continue;
    Result<ipc::ReceivedControl> told = ipc::receive_control(zygote.control());
    if (told && told->message.kind == ipc::ControlMessage::Kind::kExited) {
      drain();
      exit_status = told->message.status;
    }
  }
}

void WorkerDriver::drain() {
  ipc::Frame frame;
  while (consumer_->peek(frame)) {
    handle(frame);
    consumer_->pop(frame);
  }
  EXPECT_FALSE(consumer_->broken());
}

SeenFetch* WorkerDriver::find_fetch(std::uint32_t id) {
  const auto found = std::ranges::find(fetches, id, &SeenFetch::id);
  return found == fetches.end() ? nullptr : &*found;
}

void WorkerDriver::handle(const ipc::Frame& frame) {
  const std::uint32_t id = frame.header.id;
  const auto read = [&](auto message) {
    EXPECT_TRUE(ipc::decode(frame.payload, scratch_, message)) << "type " << frame.header.type;
    return message;
  };
  using Type = ipc::MessageType;
  switch (static_cast<Type>(frame.header.type)) {
    case Type::kWorkerReady:
      ready = true;
      return;
    case Type::kModuleNeeded:
      return serve_module(id, read(ipc::ModuleNeeded{}));
    case Type::kCodeCache: {
      const auto message = read(ipc::CodeCache{});
      code_caches[std::string(message.path)].append(message.bytes);
      return;
    }
    case Type::kAppWaits:
      waits_in = read(ipc::AppWaits{}).place;
      return;
    case Type::kAppReady: {
      const auto message = read(ipc::AppReady{});
      app_ready = true;
      matchers = copy(message.matchers);
      matches_every_path = message.matches_every_path;
      return;
    }
    case Type::kAppFailed: {
      const auto message = read(ipc::AppFailed{});
      app_failed = true;
      app_failure.code = message.code;
      app_failure.message = message.message;
      app_failure.stack = message.stack;
      app_failure.body = message.path;
      failed_line = message.line;
      failed_column = message.column;
      return;
    }
    case Type::kRespond: {
      const auto message = read(ipc::Respond{});
      Answer& answer = answers[id];
      EXPECT_EQ(answer.kind, Answer::Kind::kNone) << "answered twice";
      answer.kind = Answer::Kind::kRespond;
      answer.status = message.status;
      answer.status_text = message.status_text;
      answer.headers = copy(message.headers);
      answer.body_kind = message.body.kind;
      answer.source = message.body.source;
      answer.content_length = message.body.content_length;
      answer.body = message.body.bytes;
      return;
    }
    case Type::kNext: {
      const auto message = read(ipc::Next{});
      Answer& answer = answers[id];
      EXPECT_EQ(answer.kind, Answer::Kind::kNone) << "answered twice";
      answer.kind = Answer::Kind::kNext;
      answer.rewrite_url = message.rewrite_url;
      answer.override_request_headers = message.override_request_headers;
      answer.request_headers = copy(message.request_headers);
      answer.headers = copy(message.response_headers);
      return;
    }
    case Type::kRequestFailed: {
      const auto message = read(ipc::RequestFailed{});
      Answer& answer = answers[id];
      EXPECT_EQ(answer.kind, Answer::Kind::kNone) << "answered twice";
      answer.kind = Answer::Kind::kFailed;
      answer.code = message.code;
      answer.message = message.message;
      answer.stack = message.stack;
      return;
    }
    case Type::kRequestDone:
      EXPECT_FALSE(answers[id].done);
      answers[id].done = true;
      {
        const auto message = read(ipc::RequestDone{});
        answers[id].cpu_us = message.cpu_us;
        answers[id].ignored_body = message.ignored_body;
      }
      return;
    case Type::kStreamChunk:
      return on_chunk(id, read(ipc::StreamChunk{}));
    case Type::kFetch: {
      const auto message = read(ipc::Fetch{});
      fetches.push_back({.id = id,
                         .request = message.request,
                         .redirect = message.redirect,
                         .method = std::string(message.method),
                         .url = std::string(message.url),
                         .body = std::string(message.body.bytes),
                         .headers = copy(message.headers),
                         .body_kind = message.body.kind,
                         .source = message.body.source});
      if (on_fetch) on_fetch(fetches.back());
      return;
    }
    case Type::kFetchAbort:
      if (SeenFetch* fetch = find_fetch(id)) fetch->aborted = true;
      return;
    case Type::kBodyPull: {
      const auto message = read(ipc::BodyPull{});
      pulls.push_back({{message.kind, id}, message.max_bytes});
      if (on_pull) on_pull(SeenPull(pulls.back()));
      return;
    }
    case Type::kBodyCancel:
      cancels.push_back({read(ipc::BodyCancel{}).kind, id});
      return;
    case Type::kLog: {
      const auto message = read(ipc::Log{});
      logs.push_back({id, message.level, std::string(message.text)});
      return;
    }
    default:
      ADD_FAILURE() << "unexpected message " << frame.header.type;
  }
}

void WorkerDriver::on_chunk(std::uint32_t id, const ipc::StreamChunk& chunk) {
  // With kError they say what went wrong.
  const std::string_view bytes =
      chunk.state == ipc::ChunkState::kError ? std::string_view() : chunk.bytes;
  if (chunk.kind == ipc::StreamKind::kResponseBody) {
    answers[id].body.append(bytes);
    if (chunk.state != ipc::ChunkState::kMore) answers[id].stream_end = chunk.state;
  } else if (SeenFetch* fetch = find_fetch(id)) {
    fetch->body.append(bytes);
    if (chunk.state != ipc::ChunkState::kMore) fetch->stream_end = chunk.state;
  }
  if (open_windows && chunk.state == ipc::ChunkState::kMore) {
    send(id, ipc::Window{.kind = chunk.kind,
                         .added_bytes = static_cast<std::uint32_t>(chunk.bytes.size())});
  }
}

void WorkerDriver::serve_module(std::uint32_t sequence, const ipc::ModuleNeeded& needed) {
  const auto folder = std::filesystem::path(needed.referrer).parent_path();
  std::string path = (folder / needed.specifier).lexically_normal().string();
  modules_asked_for.push_back(path);
  for (const char* extension : {"", ".js", ".mjs"}) {
    if (options.modules.contains(path + extension)) {
      path += extension;
      break;
    }
  }
  using Part = ipc::ModuleSource::Part;
  const auto found = options.modules.find(path);
  if (found == options.modules.end()) {
    const std::string error = "there is no module " + path;
    return send(sequence, ipc::ModuleSource{.part = Part::kNotFound, .path = path, .bytes = error});
  }
  const auto send_all = [&](Part part, std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), ipc::kMaxChunk_bytes))) {
      send(sequence,
           ipc::ModuleSource{
               .part = part, .path = path, .bytes = bytes.substr(0, ipc::kMaxChunk_bytes)});
    }
  };
  if (options.code_caches.contains(path)) send_all(Part::kCodeCache, options.code_caches[path]);
  send_all(Part::kSource, found->second);
  send(sequence, ipc::ModuleSource{.part = Part::kEnd, .path = path});
}

}  // namespace brink::testing
