#include "core/supervise/worker_pool.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "core/supervise/worker_end.h"

namespace brink::supervise {
namespace {

using State = Worker::State;

constexpr std::uint64_t kTick_ms = 10;
/// A worker that ends so soon after its start, and was never of use, has failed to start.
constexpr std::uint64_t kStarting_ms = 1000;
/// How long a worker may take to load the app, whatever it waits for. Less than a request waits for
/// a worker, so that one which hangs costs nobody an answer.
constexpr std::uint64_t kMaxLoad_ms = 10'000;
/// From when on a line says what the loading waits for.
constexpr std::uint64_t kLongLoad_ms = 1'500;
/// Between two looks at workers that have nothing to do.
constexpr std::uint64_t kIdleLook_ms = 5'000;
/// Delay that a worker counts for which has no room for more requests.
constexpr std::uint64_t kCrowded_ms = 1'000;
/// Killed workers whose memory the kernel is still giving back, beyond which the next one waits.
constexpr std::size_t kMaxEnding = 4;

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

AppDescription describe(const ipc::AppReady& message) {
  AppDescription description;
  description.matches_every_path = message.matches_every_path;
  for (const HeaderField& matcher : message.matchers) {
    description.matchers.push_back({std::string(matcher.name), std::string(matcher.value)});
  }
  return description;
}

}  // namespace

WorkerPool::WorkerPool(EventLoop& loop, const Config& config, const AppFiles& app, Spares& spares,
                       Log& log)
    : loop_(loop),
      config_(config),
      log_(log),
      script_log_(loop, log, config.limits.log_bytes_per_second),
      spares_(spares),
      source_(config, app),
      workers_(spares.turns()),
      scaling_(std::min(config.min_workers, config.workers), config.workers),
      background_dropped_(loop,
                          [this](std::uint64_t count) {
                            log_.warn("waitUntil() promises gave way to other requests",
                                      {{"requests", count}});
                          }),
      silent_dropped_(loop,
                      [this](std::uint64_t count) {
                        log_.warn("silent response streams gave way to other requests",
                                  {{"requests", count}});
                      }),
      tick_(loop, [this] { tick(); }) {
  spares_.add(*this);
}

WorkerPool::~WorkerPool() {
  spares_.remove(*this);
  // Calls that outlived their clients end here; the processes end with the zygote.
  for (const auto& worker : workers_.all()) worker->on_exit(SIGKILL);
}

void WorkerPool::start(std::function<void(Result<AppDescription>)> loaded) {
  loaded_ = std::move(loaded);
  fill();
}

// Ticks cost a wake-up each, so an idle pool has none. They also keep the loop running while
// something is to come.
void WorkerPool::keep_ticking() {
  if (std::exchange(ticking_, true)) return;
  tick_.set_background(false);
  // At the same moments for all pools: they end the loop's sleep once, and not once each.
  tick_.start(kTick_ms - loop_.now_ms() % kTick_ms);
}

bool WorkerPool::needs_ticks() const {
  return loaded_ || all_ended_ || !waiting_.empty() || workers_.size() < scaling_.target() ||
         std::ranges::any_of(
             workers_.all(),
             [](const auto& worker) {
               return worker->calls() > 0 || worker->state() == State::kLoading;
             });
}

void WorkerPool::scale() {
  Scaling::Load load{.serving = workers_.count(State::kServing),
                     .starting = workers_.count(State::kLoading),
                     .waiting = waiting_.size() + (loaded_ ? 1 : 0)};
  for (bool first = true; const auto& worker : workers_.all()) {
    if (worker->state() != State::kServing) continue;
    const std::uint64_t delay_ms = worker->crowded() ? kCrowded_ms : worker->queue_delay_ms();
    load.delay_ms = std::exchange(first, false) ? delay_ms : std::min(load.delay_ms, delay_ms);
  }
  scaling_.look_at(load, loop_.now_ms());
}

// Makes spares into the app's workers until there are enough.
void WorkerPool::fill() {
  if (shutting_down_) return;
  scale();
  if (without_hope()) return waiting_.refuse(crashing());
  if (backoff_.pause_ms(loop_.now_ms()) > 0) return;
  while (workers_.count(State::kServing) + workers_.count(State::kLoading) < scaling_.target()) {
    keep_ticking();
    if (workers_.count(State::kEnding) >= kMaxEnding || !pace_.may_start(loop_.now_ms())) return;
    std::unique_ptr<Worker> spare = spares_.take(*this);
    if (!spare) return;
    pace_.started(loop_.now_ms());
    Worker& worker = *spare;
    workers_.add(std::move(spare));
    if (!accept_jail(worker)) return;
    source_.load_into(worker, *this);
  }
}

void WorkerPool::stop_idle() {
  for (std::size_t i = workers_.size(); i-- > 0;) {
    Worker& worker = *workers_.all()[i];
    if (worker.state() != State::kServing || worker.calls() > 0) continue;
    if (!scaling_.may_stop(workers_.count(State::kServing), worker.since_last_call_ms(),
                           config_.worker_idle_ms)) {
      continue;
    }
    log_.debug("worker has nothing to do", {{"pid", worker.pid()}});
    worker.stop();
    scaling_.stopped();
  }
}

// No worker, and a pause before the next is tried: requests need not wait for that.
bool WorkerPool::without_hope() const {
  return backoff_.pause_ms(loop_.now_ms()) > 0 && workers_.count(State::kServing) == 0 &&
         workers_.count(State::kLoading) == 0;
}

std::uint64_t WorkerPool::retry_after_s() const {
  return std::max<std::uint64_t>(1, (backoff_.pause_ms(loop_.now_ms()) + 999) / 1000);
}

Error WorkerPool::crashing() const {
  return {ErrorCode::kAppCrashing, "the last " + std::to_string(backoff_.failures()) +
                                       " workers ended while they started; the next is tried in " +
                                       std::to_string(retry_after_s()) + " s"};
}

void WorkerPool::on_spare_ready() { fill(); }

// Says once what the kernel did not give to the workers' jail. False: the configuration asks for
// all of it, so the worker goes.
bool WorkerPool::accept_jail(Worker& worker) {
  if (worker.jail().complete()) return true;
  const std::string missing = worker.jail().missing();
  if (config_.require_jail) {
    Error error{ErrorCode::kJail, "the kernel refused " + missing};
    worker.kill(error);
    if (loaded_) finish_first_load(std::unexpected(std::move(error)));
    return false;
  }
  if (!std::exchange(told_of_jail_, true)) {
    log_.warn(
        "workers run without a part of their jail; `brink check --jail` says what each part stops",
        {{"missing", missing}});
  }
  return true;
}

void WorkerPool::on_module_needed(Worker& worker, std::uint32_t sequence,
                                  const ipc::ModuleNeeded& message) {
  source_.send_module(worker, sequence, message);
}

bool WorkerPool::on_code_cache(Worker& worker, const ipc::CodeCache& message) {
  return source_.add_code_cache(worker, message);
}

void WorkerPool::on_app_ready(Worker& worker, const ipc::AppReady& message) {
  log_.debug("worker serves", {{"pid", worker.pid()}});
  if (loaded_) finish_first_load(describe(message));
  waiting_.give(worker);
}

void WorkerPool::on_app_failed(Worker& worker, const ipc::AppFailed& message) {
  Error error{error_by_name(message.code).value_or(ErrorCode::kScriptStartFailed),
              placed_message(message)};
  if (loaded_) return finish_first_load(std::unexpected(std::move(error)));
  log_.error(
      "the app could not be loaded",
      {{"pid", worker.pid()}, {"error", error_info(error.code).name}, {"reason", error.message}});
}

void WorkerPool::finish_first_load(Result<AppDescription> result) {
  // Deferred: the caller may shut the pool down, and this is inside a worker's drain().
  loop_.defer([loaded = std::exchange(loaded_, {}), result = std::move(result)]() mutable {
    loaded(std::move(result));
  });
}

void WorkerPool::on_script_log(std::string_view request, ipc::LogLevel level,
                               std::string_view text) {
  script_log_.write(loop_.now_ms(), static_cast<LogLevel>(level), request, text);
}

void WorkerPool::on_process_exit(int pid, int status) {
  Worker* worker = workers_.find(pid);
  if (worker == nullptr) return;
  worker->on_exit(status);
  workers_.retire(*worker);
  if (shutting_down_) return end_if_shut_down();
  source_.forget(*worker);
  const std::string reason = worker->end_reason().message;
  if (!worker->stopped() && !worker->said_why())
    log_worker_end(log_, "worker ended", *worker, status);
  // A request that ends its worker is no fault of the start: others are served meanwhile.
  const bool started = worker->has_served() &&
                       (worker->ended_in_a_call() || worker->since_last_call_ms() > kStarting_ms);
  if (worker->proved()) {
    backoff_.succeeded();
  } else if (!started && !worker->stopped()) {
    backoff_.failed(loop_.now_ms());
    scaling_.failed();
  }
  if (loaded_ && backoff_.failures() >= 3) {
    finish_first_load(
        fail(ErrorCode::kScriptStartFailed,
             "the worker ended three times while it loaded the app, at last with: " + reason));
  }
  fill();
}

void WorkerPool::on_zygote_gone() {
  while (!workers_.empty()) {
    Worker& worker = *workers_.all().front();
    worker.on_exit(SIGKILL);
    source_.forget(worker);
    workers_.retire(worker);
  }
  if (shutting_down_) return end_if_shut_down();
  fill();
}

void WorkerPool::on_no_start(const Error& error) {
  if (loaded_) finish_first_load(std::unexpected(error));
  waiting_.refuse(error);
}

Worker* WorkerPool::pick() {
  keep_ticking();
  Worker* best = nullptr;
  for (const auto& worker : workers_.all()) {
    if (!worker->takes_calls()) continue;
    if (worker->at_rest()) return worker.get();
    if (best == nullptr || worker->calls() < best->calls()) best = worker.get();
  }
  return best;
}

std::uint64_t WorkerPool::wait(WaitingQueue::Ready ready) {
  keep_ticking();
  loop_.defer([this] { fill(); });
  return waiting_.add(loop_.now_ms(), std::move(ready));
}

void WorkerPool::watch(Worker& worker) {
  if (worker.state() == State::kLoading) return watch_loading(worker);
  if (worker.state() != State::kServing) return;
  // With a fresh context for each request, a turn of no request starts the app in one.
  const bool starts = config_.isolate_requests && worker.runs_no_request();
  worker.check(starts ? config_.limits.start_cpu_ms : config_.limits.cpu_ms);
  if (worker.state() == State::kServing) let_give_way(worker);
}

void WorkerPool::watch_loading(Worker& worker) {
  worker.check(config_.limits.start_cpu_ms);
  if (worker.state() != State::kLoading) return;
  const std::uint64_t taken_ms = worker.since_last_call_ms();
  if (taken_ms > kLongLoad_ms && !worker.waits_in().empty() &&
      !std::exchange(told_of_wait_, true)) {
    log_.warn("loading the app waits for a promise at the top level of a module",
              {{"module", worker.waits_in()}, {"limit_ms", kMaxLoad_ms}});
  }
  if (taken_ms <= kMaxLoad_ms) return;
  std::string text = "loading the app took more than " + std::to_string(kMaxLoad_ms / 1000) + " s";
  if (!worker.waits_in().empty()) text = worker.waits_in() + ": " + text + ", waiting here";
  const Error error{ErrorCode::kScriptStartFailed, std::move(text)};
  worker.kill(error);
  if (loaded_) finish_first_load(std::unexpected(error));
}

void WorkerPool::let_give_way(Worker& worker) {
  const CallTable::GaveWay gave = worker.make_room();
  background_dropped_.add(gave.background);
  silent_dropped_.add(gave.silent);
}

void WorkerPool::tick() {
  ticking_ = false;
  for (std::size_t i = 0; i < workers_.size(); ++i) watch(*workers_.all()[i]);
  if (!waiting_.empty()) {
    if (Worker* worker = pick()) waiting_.give(*worker);
  }
  waiting_.expire(loop_.now_ms());
  fill();
  stop_idle();
  if (needs_ticks()) return keep_ticking();
  rest();
}

// Nothing is to be done soon; but a worker may have nothing to do, or do what it was not asked to.
void WorkerPool::rest() {
  ticking_ = false;
  tick_.stop();
  if (workers_.count(State::kServing) == 0) return;
  tick_.set_background(true);
  tick_.start(std::min(config_.worker_idle_ms, kIdleLook_ms));
}

void WorkerPool::shut_down(std::function<void()> ended) {
  shutting_down_ = true;
  all_ended_ = std::move(ended);
  keep_ticking();
  for (const auto& worker : workers_.all()) worker->send(0, ipc::Shutdown{});
  end_if_shut_down();
}

void WorkerPool::end_if_shut_down() {
  if (shutting_down_ && workers_.empty() && all_ended_) std::exchange(all_ended_, {})();
}

}  // namespace brink::supervise
