#include "core/supervise/worker_pool.h"

#include <signal.h>

#include <algorithm>
#include <utility>

namespace brink::supervise {
namespace {

using State = Worker::State;

constexpr std::uint64_t kTick_ms = 10;
/// A turn that is seen from outside to run this much over its limit is not ended from inside any
/// more.
constexpr std::uint64_t kOutsideSlack_ms = 50;
constexpr std::uint64_t kMaxWait_ms = 10'000;
constexpr std::uint64_t kMaxBackoff_ms = 5'000;
constexpr std::size_t kMaxWaiting = 4096;

std::string entry_lines(const AppFiles& app) {
  std::string lines;
  if (app.middleware()) lines += "m " + *app.middleware() + "\n";
  for (const HandlerFile& handler : app.handlers()) lines += "h " + handler.module_path + "\n";
  return lines;
}

/// "middleware.js:3:5: message"
std::string placed_message(const ipc::AppFailed& failed) {
  std::string text;
  if (!failed.path.empty()) {
    text += failed.path;
    if (failed.line != 0)
      text += ":" + std::to_string(failed.line) + ":" + std::to_string(failed.column);
    text += ": ";
  }
  text += failed.message;
  return text;
}

}  // namespace

WorkerPool::WorkerPool(EventLoop& loop, const Config& config, const AppFiles& app,
                       std::string executable, Log& log)
    : loop_(loop),
      config_(config),
      executable_(std::move(executable)),
      log_(log),
      modules_(app),
      entries_(entry_lines(app)),
      hooks_(
          loop, [this] { before_sleep(); }, [this] { after_wake(); }),
      tick_(loop, [this] { tick(); }) {}

WorkerPool::~WorkerPool() {
  // Calls that outlived their clients end here; the processes end with the zygote.
  for (const auto& worker : workers_) worker->on_exit(SIGKILL);
}

Result<void> WorkerPool::start(std::function<void(Result<AppDescription>)> loaded) {
  loaded_ = std::move(loaded);
  if (auto started = start_zygote(); !started) return started;
  keep_ticking();
  fill();
  return {};
}

Result<void> WorkerPool::start_zygote() {
  auto zygote = Zygote::start(loop_, executable_, *this);
  if (!zygote) return std::unexpected(zygote.error());
  zygote_ = std::move(*zygote);
  return {};
}

std::size_t WorkerPool::count(State state) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      workers_, [state](const auto& worker) { return worker->state() == state; }));
}

// Ticks cost a wake-up each, so an idle pool has none. They also keep the loop running while
// something is to come.
void WorkerPool::keep_ticking() {
  if (!tick_.active()) tick_.start(kTick_ms, kTick_ms);
}

bool WorkerPool::needs_ticks() const {
  return loaded_ || all_ended_ || !waiting_.empty() || start_not_before_ms_ != 0 ||
         std::ranges::any_of(workers_, [](const auto& worker) {
           return worker->calls() > 0 || worker->state() == State::kLoading;
         });
}

// Makes spares into the app's workers until there are enough, and asks for as many new spares.
void WorkerPool::fill() {
  if (shutting_down_) return;
  if (!zygote_ || loop_.now_ms() < start_not_before_ms_) return keep_ticking();
  std::size_t missing =
      config_.workers -
      std::min<std::size_t>(config_.workers, count(State::kServing) + count(State::kLoading));
  for (const auto& worker : workers_) {
    if (missing == 0) break;
    if (worker->state() != State::kSpare) continue;
    load_app(*worker);
    --missing;
  }
  const std::size_t wanted = missing + config_.spares;
  std::size_t coming = count(State::kSpare) + count(State::kStarting) + spawning_;
  for (; coming < wanted; ++coming) spawn_one();
}

void WorkerPool::spawn_one() {
  auto fds = Worker::make_descriptors();
  if (!fds) {
    log_.error("cannot make a worker's channel", {{"reason", fds.error().message}});
    return;
  }
  auto shared = std::make_shared<Worker::Descriptors>(std::move(*fds));
  auto asked = zygote_->spawn(
      shared->memfd.get(), shared->to_worker_event.get(), shared->to_front_event.get(),
      [this, shared](Result<SpawnedProcess> process) {
        --spawning_;
        if (!process) {
          log_.error("cannot start a worker", {{"reason", process.error().message}});
          start_not_before_ms_ = loop_.now_ms() + 1000;
          keep_ticking();
          return;
        }
        auto worker = Worker::create(loop_, std::move(*shared), std::move(*process), *this);
        if (!worker) {
          log_.error("cannot watch a worker", {{"reason", worker.error().message}});
          return;
        }
        workers_.push_back(std::move(*worker));
        // It was asked for before the shut-down, which waits for it too.
        if (shutting_down_) workers_.back()->send(0, ipc::Shutdown{});
      });
  if (asked)
    ++spawning_;
  else
    log_.error("cannot ask for a worker", {{"reason", asked.error().message}});
}

void WorkerPool::load_app(Worker& worker) {
  keep_ticking();
  worker.set_state(State::kLoading);
  ipc::LoadApp message;
  message.cpu_limit_ms = static_cast<std::uint32_t>(config_.limits.cpu_ms);
  message.start_cpu_limit_ms = static_cast<std::uint32_t>(config_.limits.start_cpu_ms);
  message.memory_limit_bytes = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(config_.limits.memory_mb * 1024 * 1024, 0xffffffff));
  message.entries = entries_;
  worker.send(0, message);
}

void WorkerPool::on_spare_ready(Worker&) {
  loop_.defer([this] { fill(); });
}

void WorkerPool::on_module_needed(Worker& worker, std::uint32_t sequence,
                                  const ipc::ModuleNeeded& message) {
  using Part = ipc::ModuleSource::Part;
  auto module = modules_.find(message.specifier, message.referrer);
  if (!module) {
    worker.send(sequence,
                ipc::ModuleSource{Part::kNotFound, message.specifier, module.error().message});
    return;
  }
  const auto send_in_pieces = [&](Part part, std::string_view bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), ipc::kMaxChunk_bytes))) {
      worker.send(sequence,
                  ipc::ModuleSource{part, (*module)->path, bytes.substr(0, ipc::kMaxChunk_bytes)});
    }
  };
  send_in_pieces(Part::kSource, (*module)->source);
  send_in_pieces(Part::kCodeCache, (*module)->code_cache);
  worker.send(sequence, ipc::ModuleSource{Part::kEnd, (*module)->path, {}});
}

bool WorkerPool::on_code_cache(const ipc::CodeCache& message) {
  return modules_.add_code_cache(message.path, message.bytes, message.last);
}

void WorkerPool::on_app_ready(Worker& worker, const ipc::AppReady& message) {
  failed_starts_ = 0;
  log_.debug("worker serves", {{"pid", worker.pid()}});
  if (loaded_) {
    AppDescription description;
    description.matches_every_path = message.matches_every_path;
    for (const HeaderField& matcher : message.matchers) {
      description.matchers.push_back({std::string(matcher.name), std::string(matcher.value)});
    }
    finish_first_load(std::move(description));
  }
  give_to_waiting(worker);
}

void WorkerPool::on_app_failed(Worker& worker, const ipc::AppFailed& message) {
  Error error{error_by_name(message.code).value_or(ErrorCode::kScriptStartFailed),
              placed_message(message)};
  log_.error(
      "the app could not be loaded",
      {{"pid", worker.pid()}, {"error", error_info(error.code).name}, {"reason", error.message}});
  if (loaded_) finish_first_load(std::unexpected(std::move(error)));
}

void WorkerPool::finish_first_load(Result<AppDescription> result) {
  // Deferred: the caller may shut the pool down, and this is inside a worker's drain().
  loop_.defer([loaded = std::exchange(loaded_, {}), result = std::move(result)]() mutable {
    loaded(std::move(result));
  });
}

void WorkerPool::on_script_log(std::uint32_t request, ipc::LogLevel level, std::string_view text) {
  log_.write(static_cast<LogLevel>(level), "console", {{"request", request}, {"text", text}});
}

void WorkerPool::on_process_exit(int pid, int status) {
  const auto found =
      std::ranges::find_if(workers_, [pid](const auto& w) { return w->pid() == pid; });
  if (found == workers_.end()) return;
  Worker& worker = **found;
  const State was = worker.state();
  worker.on_exit(status);
  if (!shutting_down_) {
    log_.warn("worker ended", {{"pid", pid}, {"status", status}});
    if (was == State::kStarting || was == State::kLoading || was == State::kEnding) {
      // One that never served, or was ended: start the next at once, but pause when it goes on.
      const std::uint64_t pause =
          failed_starts_ < 3
              ? 0
              : std::min<std::uint64_t>(kMaxBackoff_ms,
                                        50ull << std::min<std::size_t>(failed_starts_, 7));
      ++failed_starts_;
      start_not_before_ms_ = loop_.now_ms() + pause;
    }
    if (loaded_ && failed_starts_ >= 3) {
      finish_first_load(fail(ErrorCode::kScriptStartFailed,
                             "the worker ended three times while it loaded the app"));
    }
  }
  remove(worker);
  fill();
  end_if_shut_down();
}

void WorkerPool::remove(Worker& worker) {
  const auto found =
      std::ranges::find_if(workers_, [&](const auto& w) { return w.get() == &worker; });
  if (found == workers_.end()) return;
  // It may be on the stack: a worker's message can end in here.
  ended_.push_back(std::move(*found));
  workers_.erase(found);
  loop_.defer([this] { ended_.clear(); });
}

void WorkerPool::on_zygote_gone() {
  if (shutting_down_) return;
  log_.error("the zygote ended; starting another");
  spawning_ = 0;
  while (!workers_.empty()) {
    Worker& worker = *workers_.front();
    worker.on_exit(SIGKILL);
    remove(worker);
  }
  loop_.defer([this] {
    zygote_.reset();
    if (auto started = start_zygote(); !started) {
      log_.error("cannot start the zygote", {{"reason", started.error().message}});
      start_not_before_ms_ = loop_.now_ms() + 1000;
    }
    fill();
  });
}

Worker* WorkerPool::pick() {
  keep_ticking();
  Worker* best = nullptr;
  for (const auto& worker : workers_) {
    if (worker->state() != State::kServing) continue;
    if (best == nullptr || worker->calls() < best->calls()) best = worker.get();
  }
  return best;
}

std::uint64_t WorkerPool::wait(std::function<void(Worker*)> ready) {
  keep_ticking();
  const std::uint64_t ticket = ++last_ticket_;
  const bool crowded = waiting_.size() >= kMaxWaiting;
  waiting_.push_back({ticket, crowded ? 0 : loop_.now_ms() + kMaxWait_ms, std::move(ready)});
  return ticket;
}

void WorkerPool::cancel_wait(std::uint64_t ticket) {
  std::erase_if(waiting_, [ticket](const Waiting& w) { return w.ticket == ticket; });
}

void WorkerPool::give_to_waiting(Worker& worker) {
  while (!waiting_.empty() && worker.state() == State::kServing) {
    auto ready = std::move(waiting_.front().ready);
    waiting_.pop_front();
    ready(&worker);
  }
}

void WorkerPool::before_sleep() {
  bool more = false;
  for (std::size_t i = 0; i < workers_.size(); ++i) more |= !workers_[i]->settle();
  if (more) loop_.defer([] {});  // do not sleep: a worker has sent more than one turn's share
}

void WorkerPool::after_wake() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->awake();
    workers_[i]->drain();
  }
}

void WorkerPool::tick() {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = *workers_[i];
    if (worker.state() == State::kServing)
      worker.check_turn(config_.limits.cpu_ms + kOutsideSlack_ms);
    if (worker.state() == State::kLoading)
      worker.check_turn(config_.limits.start_cpu_ms + kOutsideSlack_ms);
  }
  const std::uint64_t now = loop_.now_ms();
  while (!waiting_.empty() && waiting_.front().deadline_ms <= now) {
    auto ready = std::move(waiting_.front().ready);
    waiting_.pop_front();
    ready(nullptr);
  }
  if (start_not_before_ms_ != 0 && now >= start_not_before_ms_) {
    start_not_before_ms_ = 0;
    if (!zygote_ && !start_zygote()) start_not_before_ms_ = now + 1000;
    fill();
  }
  if (!needs_ticks()) tick_.stop();
}

void WorkerPool::shut_down(std::function<void()> ended) {
  shutting_down_ = true;
  all_ended_ = std::move(ended);
  keep_ticking();
  for (const auto& worker : workers_) worker->send(0, ipc::Shutdown{});
  end_if_shut_down();
}

void WorkerPool::end_if_shut_down() {
  if (shutting_down_ && workers_.empty() && all_ended_) std::exchange(all_ended_, {})();
}

}  // namespace brink::supervise
