#include "core/loop/event_loop.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "core/loop/turn_hooks.h"
#include "core/loop/turn_task.h"

namespace brink {
namespace {

constexpr int kRoundsPerTurn = 8;

// Out of memory or descriptors at start-up, or a handle that was never closed.
void check(int status, const char* what) {
  if (status == 0) return;
  std::fprintf(stderr, "brink: %s: %s\n", what, uv_strerror(status));
  std::abort();
}

template <typename Handle>
uv_handle_t* as_handle(Handle* handle) {
  return reinterpret_cast<uv_handle_t*>(handle);
}

}  // namespace

EventLoop::EventLoop() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a log that may grow no more is an error of its write()
  check(uv_loop_init(&loop_), "uv_loop_init");
  check(uv_prepare_init(&loop_, &prepare_), "uv_prepare_init");
  check(uv_check_init(&loop_, &check_), "uv_check_init");
  check(uv_idle_init(&loop_, &idle_), "uv_idle_init");
  prepare_.data = this;
  check_.data = this;
  uv_prepare_start(&prepare_, [](uv_prepare_t* handle) {
    static_cast<EventLoop*>(handle->data)->before_sleep();
  });
  uv_check_start(&check_,
                 [](uv_check_t* handle) { static_cast<EventLoop*>(handle->data)->after_wake(); });
  // They serve others; alone they are no reason to go on.
  uv_unref(as_handle(&prepare_));
  uv_unref(as_handle(&check_));
}

EventLoop::~EventLoop() {
  // Destructors of what was deferred may still close handles.
  deferred_.clear();
  close_own_handles();
  uv_run(&loop_, UV_RUN_DEFAULT);
  if (const int status = uv_loop_close(&loop_); status != 0) {
    uv_print_all_handles(&loop_, stderr);
    check(status, "uv_loop_close");
  }
}

void EventLoop::close_own_handles() {
  uv_close(as_handle(&prepare_), nullptr);
  uv_close(as_handle(&check_), nullptr);
  uv_close(as_handle(&idle_), nullptr);
}

void EventLoop::run() { uv_run(&loop_, UV_RUN_DEFAULT); }
void EventLoop::run_once() { uv_run(&loop_, UV_RUN_ONCE); }
void EventLoop::run_ready() { uv_run(&loop_, UV_RUN_NOWAIT); }
void EventLoop::stop() { uv_stop(&loop_); }

void EventLoop::defer(std::function<void()> fn) {
  deferred_.push_back(std::move(fn));
  stay_awake();
}

void EventLoop::add_task(TurnTask* task) {
  tasks_.push_back(task);
  stay_awake();
}

void EventLoop::remove_task(TurnTask* task) {
  std::erase(tasks_, task);
  std::ranges::replace(running_tasks_, task, nullptr);
}

void EventLoop::stay_awake() {
  // A no-op when it is active already.
  uv_idle_start(&idle_, [](uv_idle_t*) {});
}

void EventLoop::run_deferred() {
  // Work often makes more work; doing it in the same turn saves a poll. Bounded, so that one that
  // always comes back can't starve I/O.
  for (int round = 0; round < kRoundsPerTurn && has_deferred(); ++round) run_deferred_round();
  if (!has_deferred()) uv_idle_stop(&idle_);
}

void EventLoop::run_deferred_round() {
  running_.swap(deferred_);
  for (std::function<void()>& fn : running_) fn();
  running_.clear();
  sockets_.send();
  running_tasks_.swap(tasks_);
  for (std::size_t i = 0; i < running_tasks_.size(); ++i) {
    TurnTask* task = running_tasks_[i];
    if (task == nullptr) continue;
    running_tasks_[i] = nullptr;
    task->scheduled_ = false;
    task->run_turn_task();
  }
  running_tasks_.clear();
}

void EventLoop::before_sleep() {
  ++turn_;
  run_deferred();
  for (std::size_t i = 0; i < hooks_.size(); ++i) {
    if (hooks_[i] != nullptr) hooks_[i]->run_before_sleep();
  }
  forget_removed_hooks();
}

void EventLoop::after_wake() {
  sockets_.receive();
  for (std::size_t i = 0; i < hooks_.size(); ++i) {
    if (hooks_[i] != nullptr) hooks_[i]->run_after_wake();
  }
  forget_removed_hooks();
  run_deferred();
}

void EventLoop::add_hooks(TurnHooks* hooks) { hooks_.push_back(hooks); }

void EventLoop::remove_hooks(TurnHooks* hooks) {
  for (TurnHooks*& entry : hooks_) {
    if (entry == hooks) entry = nullptr;
  }
}

void EventLoop::forget_removed_hooks() { std::erase(hooks_, nullptr); }

}  // namespace brink
