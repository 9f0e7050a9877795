#include "core/supervise/spares.h"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "core/supervise/worker_end.h"

namespace brink::supervise {
namespace {

using State = Worker::State;

/// A fork costs some milliseconds of CPU time, and the worker that was just taken needs the core
/// more: nobody waits for the spare that comes in its place.
constexpr std::uint64_t kRefill_ms = 20;
/// What takes milliseconds on an idle machine: far more than a busy one needs.
constexpr std::uint64_t kMaxStart_ms = 10'000;
constexpr std::uint64_t kWatch_ms = 1'000;
/// Failed starts in a row, when none ever succeeded, after which it is not worth to wait for one.
constexpr std::size_t kHopeless = 4;

/// What the system is likely to refuse when no worker starts: V8 reserves address space by the
/// gigabyte.
std::string likely_cause() {
  rlimit space{};
  if (::getrlimit(RLIMIT_AS, &space) != 0 || space.rlim_cur == RLIM_INFINITY) return {};
  return "; the address space of brink's processes is limited to " +
         std::to_string(space.rlim_cur / 1024) +
         " KiB (RLIMIT_AS, ulimit -v), and V8 reserves more: lift that limit";
}

}  // namespace

Spares::Spares(EventLoop& loop, std::size_t kept, std::string executable, Log& log)
    : loop_(loop),
      kept_(kept),
      executable_(std::move(executable)),
      log_(log),
      turns_(loop),
      workers_(turns_),
      fill_later_(loop, [this] { fill(); }),
      watch_(loop, [this] { watch(); }) {
  watch_.set_background(true);
}

// The processes end with the zygote.
Spares::~Spares() = default;

Result<void> Spares::start() {
  if (auto started = start_zygote(); !started) return started;
  fill();
  return {};
}

Result<void> Spares::start_zygote() {
  auto zygote = Zygote::start(loop_, executable_, *this);
  if (!zygote) return std::unexpected(zygote.error());
  zygote_ = std::move(*zygote);
  return {};
}

void Spares::remove(Taker& taker) {
  std::erase(takers_, &taker);
  std::erase(queue_, &taker);
  if (turn_of_ == &taker) turn_of_ = nullptr;
}

Worker* Spares::ready() const {
  const auto found = std::ranges::find_if(
      workers_.all(), [](const auto& worker) { return worker->state() == State::kSpare; });
  return found == workers_.all().end() ? nullptr : found->get();
}

std::unique_ptr<Worker> Spares::take(Taker& taker) {
  Worker* spare = ready();
  if (spare != nullptr && (queue_.empty() || turn_of_ == &taker)) {
    turn_of_ = nullptr;
    if (!fill_later_.active()) fill_later_.start(kRefill_ms);
    return workers_.release(*spare);
  }
  if (std::ranges::find(queue_, &taker) == queue_.end()) queue_.push_back(&taker);
  loop_.defer([this] { fill(); });
  return nullptr;
}

// Each in its turn, until none is ready or nobody waits.
void Spares::offer() {
  while (!queue_.empty() && ready() != nullptr) {
    turn_of_ = queue_.front();
    queue_.pop_front();
    turn_of_->on_spare_ready();
    turn_of_ = nullptr;
  }
}

// As many as are kept, and one for each taker that waits.
void Spares::fill() {
  if (shutting_down_) return;
  if (const std::uint64_t pause_ms = backoff_.pause_ms(loop_.now_ms()); pause_ms > 0) {
    return fill_later_.start(pause_ms);
  }
  if (!zygote_) {
    if (auto started = start_zygote(); !started) {
      log_.error("cannot start the zygote", {{"reason", started.error().message}});
      return retry_later();
    }
  }
  const std::size_t wanted = kept_ + queue_.size();
  while (workers_.size() + spawning_ < wanted && spawn_one()) continue;
  hurry();
}

// As many as somebody waits for.
void Spares::hurry() {
  std::size_t waited_for = shutting_down_ ? workers_.size() : queue_.size();
  for (const auto& worker : workers_.all()) {
    if (waited_for == 0) return;
    if (worker->state() != State::kStarting) continue;
    worker->hurry();
    --waited_for;
  }
}

void Spares::retry_later() {
  backoff_.failed(loop_.now_ms());
  tell_if_hopeless();
  fill_later_.start(std::max(kRefill_ms, backoff_.pause_ms(loop_.now_ms())));
}

bool Spares::spawn_one() {
  auto descriptors = Worker::make_descriptors();
  Result<void> asked;
  if (descriptors) {
    auto shared = std::make_shared<Worker::Descriptors>(std::move(*descriptors));
    asked = zygote_->spawn(shared->memfd.get(), shared->to_worker_event.get(),
                           shared->to_front_event.get(),
                           [this, shared](Result<SpawnedProcess> process) {
                             on_spawned(std::move(*shared), std::move(process));
                           });
  } else {
    asked = std::unexpected(descriptors.error());
  }
  if (asked) {
    if (spawning_++ == 0) asked_ms_ = loop_.now_ms();
    if (!watch_.active()) watch_.start(kWatch_ms, kWatch_ms);
    return true;
  }
  log_.error("cannot ask for a worker", {{"reason", asked.error().message}});
  retry_later();
  return false;
}

void Spares::on_spawned(Worker::Descriptors descriptors, Result<SpawnedProcess> process) {
  --spawning_;
  asked_ms_ = loop_.now_ms();  // answers come in order: the next one is waited for from now on
  Result<std::unique_ptr<Worker>> worker;
  if (process)
    worker = Worker::create(loop_, std::move(descriptors), std::move(*process), *this);
  else
    worker = std::unexpected(process.error());
  if (!worker) {
    log_.error("cannot start a worker", {{"reason", worker.error().message}});
    retry_later();
    return end_if_shut_down();
  }
  (*worker)->serve_in(turns_);
  // It was asked for before the shut-down, which waits for it too.
  if (shutting_down_) (*worker)->send(0, ipc::Shutdown{});
  workers_.add(std::move(*worker));
  hurry();
}

// Ends what is stopped or stuck: the zygote when it does not fork, a fork that does not get ready.
void Spares::watch() {
  const auto too_long = [](std::uint64_t ms) { return ms > kMaxStart_ms; };
  bool starting = spawning_ > 0;
  if (zygote_ && spawning_ > 0 && too_long(loop_.now_ms() - asked_ms_)) {
    log_.error("the zygote does not react and is killed", {{"pid", zygote_->pid()}});
    zygote_->kill();  // on_zygote_gone() follows
    asked_ms_ = loop_.now_ms();
  }
  for (const auto& worker : workers_.all()) {
    if (worker->state() != State::kStarting) continue;
    starting = true;
    if (!too_long(worker->age_ms())) continue;
    worker->kill({ErrorCode::kWorkerDied, "it was not ready after " +
                                              std::to_string(kMaxStart_ms / 1000) +
                                              " s (stopped, or stuck) and was killed"});
  }
  if (!starting) watch_.stop();
}

void Spares::tell_if_hopeless() {
  if (ever_ready_ || shutting_down_ || backoff_.failures() < kHopeless) return;
  const Error error{ErrorCode::kSystem, "no worker could be started, " +
                                            std::to_string(backoff_.failures()) +
                                            " times in a row" + likely_cause()};
  for (std::size_t i = 0; i < takers_.size(); ++i) takers_[i]->on_no_start(error);
}

void Spares::on_spare_ready(Worker&) {
  ever_ready_ = true;
  backoff_.succeeded();
  loop_.defer([this] { offer(); });
}

void Spares::on_process_exit(int pid, int status) {
  Worker* spare = workers_.find(pid);
  if (spare == nullptr) {
    for (std::size_t i = 0; i < takers_.size(); ++i) takers_[i]->on_process_exit(pid, status);
    return;
  }
  const bool was_ready = spare->state() == State::kSpare;
  spare->on_exit(status);
  workers_.retire(*spare);
  if (shutting_down_) return end_if_shut_down();
  log_worker_end(log_, "spare worker ended", *spare, status);
  if (!was_ready) backoff_.failed(loop_.now_ms());
  tell_if_hopeless();
  fill();
}

void Spares::on_zygote_gone() {
  spawning_ = 0;
  while (!workers_.empty()) workers_.retire(*workers_.all().front());
  for (std::size_t i = 0; i < takers_.size(); ++i) takers_[i]->on_zygote_gone();
  // Later: this is inside the zygote's client.
  loop_.defer([this] {
    zygote_.reset();
    fill();
  });
  if (shutting_down_) return end_if_shut_down();
  log_.error("the zygote ended; starting another");
  backoff_.failed(loop_.now_ms());
  tell_if_hopeless();
}

void Spares::shut_down(std::function<void()> ended) {
  shutting_down_ = true;
  all_ended_ = std::move(ended);
  fill_later_.stop();
  // Its messages are what is waited for.
  if (zygote_) zygote_->keep_loop_running();
  for (const auto& worker : workers_.all()) worker->send(0, ipc::Shutdown{});
  hurry();
  end_if_shut_down();
}

void Spares::end_if_shut_down() {
  if (shutting_down_ && workers_.empty() && spawning_ == 0 && all_ended_)
    std::exchange(all_ended_, {})();
}

}  // namespace brink::supervise
