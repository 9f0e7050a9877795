#include "sandbox/realm_pool.h"

#include <algorithm>
#include <utility>

#include "sandbox/worker.h"

namespace brink::sandbox {
namespace {

constexpr std::size_t kSpares = 4;
constexpr std::size_t kLongestText_bytes = 8 * 1024;
// Of the app's memory: what requests allocate while they run, and one realm more, fits into the
// rest.
constexpr double kMostInUse = 0.8;
// Realms that are gone are garbage. Collecting it takes tens of milliseconds, so some have to be.
constexpr std::size_t kWorthCollecting = 8;
constexpr std::size_t kPartWorthCollecting = 8;
constexpr double kLookAgain_ms = 20;
constexpr double kMostForSpares = 0.5;

std::string describe(const AppStart::Failure& failure) {
  const ScriptError& error = failure.error;
  std::string text = "the app could not be started for this request: " + error.message;
  if (!error.path.empty()) {
    text += " (" + error.path;
    if (error.line != 0) {
      text += ":" + std::to_string(error.line) + ":" + std::to_string(error.column);
    }
    text += ")";
  }
  if (text.size() > kLongestText_bytes) text.resize(kLongestText_bytes);
  return text;
}

}  // namespace

void RealmPool::open(std::unique_ptr<Realm> first) {
  open_ = true;
  ready_.push_back(std::move(first));
}

std::unique_ptr<Realm> RealmPool::take() {
  std::unique_ptr<Realm> realm = std::move(ready_.back());
  ready_.pop_back();
  return realm;
}

void RealmPool::hold(const ipc::Frame& request) {
  held_.push_back({request.header, {request.payload.begin(), request.payload.end()}});
}

void RealmPool::tell_held() const {
  std::atomic<std::uint32_t>& shortage = worker_.status().short_of_memory;
  if (starved_)
    shortage.fetch_or(ipc::kRequestsAreHeld, std::memory_order_relaxed);
  else
    shortage.fetch_and(~std::uint32_t{ipc::kRequestsAreHeld}, std::memory_order_relaxed);
}

bool RealmPool::has_room() {
  const std::size_t running = worker_.requests().size();
  if (running == 0 || worker_.memory_limit().used_share() < kMostInUse) return true;
  if (gone_ < std::max(kWorthCollecting, running / kPartWorthCollecting)) return false;
  gone_ = 0;
  worker_.isolate()->MemoryPressureNotification(v8::MemoryPressureLevel::kCritical);
  worker_.isolate()->MemoryPressureNotification(v8::MemoryPressureLevel::kNone);
  return worker_.memory_limit().used_share() < kMostInUse;
}

bool RealmPool::drop(std::uint32_t request) {
  return std::erase_if(held_, [&](const Held& held) { return held.header.id == request; }) != 0;
}

// Not with a heap that is half full: what the running requests need goes first. Not after one that
// failed either: the next request tries again, and is told.
bool RealmPool::wants_spare() const {
  if (!makes_spares_ || last_failed_ || ready_.size() >= kSpares) return false;
  return worker_.memory_limit().used_share() < kMostForSpares;
}

bool RealmPool::busy() const {
  if (!open_) return false;
  if (start_) return start_->state() == AppStart::State::kGoesOn;
  return (!held_.empty() && !starved_) || wants_spare();
}

void RealmPool::advance(bool idle) {
  if (!open_) return;
  if (!start_) {
    const bool starved = !held_.empty() && !has_room();
    if (std::exchange(starved_, starved) != starved) tell_held();
    if (starved || (held_.empty() && !(idle && wants_spare()))) return;
    begin();
    idle = false;
  }
  switch (start_->advance(idle)) {
    case AppStart::State::kGoesOn:
    case AppStart::State::kWaits:
      return;
    case AppStart::State::kFailed: {
      const AppStart::Failure failure = start_->failure();
      start_.reset();
      realm_.reset();
      return fail(failure);
    }
    case AppStart::State::kReady:
      start_.reset();
      last_failed_ = false;
      ready_.push_back(std::move(realm_));
      return serve_oldest();
  }
}

void RealmPool::begin() {
  budget_ = {.limit_ns = app_.start_limit_ns};
  auto make = [this] { realm_ = Realm::make(worker_.isolate(), app_.modules, worker_.clock()); };
  worker_.run_turn(budget_, nullptr, 0, make);
  if (realm_ == nullptr) worker_.end_for_memory();
  start_ = std::make_unique<AppStart>(worker_, app_, *realm_, budget_, AppStart::Matchers::kIgnore);
  start_->compile_all();
}

void RealmPool::fail(const AppStart::Failure& failure) {
  last_failed_ = true;
  const std::string_view code = error_info(failure.code).name;
  const std::string text = describe(failure);
  if (held_.empty()) {
    const std::string line = std::string(code) + ": " + text;
    worker_.outbox().send(0, ipc::Log{.level = ipc::LogLevel::kError, .text = line});
  } else {
    const std::uint32_t id = held_.front().header.id;
    held_.pop_front();
    const std::string_view stack = failure.error.stack;
    worker_.outbox().send(
        id, ipc::RequestFailed{
                .code = code, .message = text, .stack = stack.substr(0, kLongestText_bytes)});
    worker_.outbox().send(id, ipc::RequestDone{});
  }
  if (failure.code == ErrorCode::kMemoryLimit) worker_.end_for_memory();
}

void RealmPool::serve_oldest() {
  if (held_.empty()) return;
  const Held oldest = std::move(held_.front());
  held_.pop_front();
  worker_.handle({oldest.header, oldest.payload});
}

bool RealmPool::fire_timers() { return start_ && start_->fire_timers(); }

std::optional<double> RealmPool::next_due_ms() const {
  if (starved_) return worker_.clock().live_ms() + kLookAgain_ms;
  return start_ ? realm_->timers().next_due_ms() : std::nullopt;
}

}  // namespace brink::sandbox
