#include "core/proxy/app_loading.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/proxy/app.h"

namespace brink::proxy {
namespace {

/// A worker's own limit is less (supervise/worker_pool.cc): this one is for when there is none.
constexpr std::uint64_t kMaxLoad_ms = 30'000;
constexpr std::uint64_t kFirstPause_ms = 1'000;
constexpr std::uint64_t kMaxPause_ms = 60'000;
constexpr std::size_t kMaxWaiting = 4096;

}  // namespace

AppLoading::~AppLoading() = default;

Result<std::uint64_t> AppLoading::wait(Done done) {
  if (waiting_.size() >= kMaxWaiting) {
    return fail(ErrorCode::kWorkerUnavailable, "too many requests wait for the app to be loaded");
  }
  if (state_ == State::kFailed && app_.front.loop.now_ms() < not_before_ms_) {
    return fail(ErrorCode::kScriptStartFailed, "the app's code could not be loaded");
  }
  waiting_.push_back({++last_ticket_, std::move(done)});
  if (state_ != State::kLoading) start();
  return last_ticket_;
}

Result<std::uint64_t> AppLoading::load_once(Done done) {
  tells_failure_ = false;
  return wait([this, done = std::move(done)](const Result<supervise::AppDescription>& result) {
    tells_failure_ = true;
    done(result);
  });
}

void AppLoading::cancel(std::uint64_t ticket) {
  std::erase_if(waiting_, [ticket](const Waiting& waiting) { return waiting.ticket == ticket; });
}

void AppLoading::start() {
  state_ = State::kLoading;
  if (auto read = app_.read_folder_again(); !read) {
    // Later: never before wait() returns.
    app_.front.loop.defer([this, error = std::move(read).error()] {
      if (state_ == State::kLoading && pool_ == nullptr) finish(std::unexpected(error));
    });
    return;
  }
  // A fresh pool reads the files anew.
  pool_ = std::make_unique<supervise::WorkerPool>(app_.front.loop, app_.config, app_.files,
                                                  *app_.front.spares, app_.log);
  limit_ = std::make_unique<Timer>(app_.front.loop, [this] {
    finish(fail(ErrorCode::kScriptStartFailed,
                "no worker had loaded the app after " + std::to_string(kMaxLoad_ms / 1000) + " s"));
  });
  limit_->start(kMaxLoad_ms);
  pool_->start([this, pool = pool_.get()](Result<supervise::AppDescription> description) {
    // One that was given up has nothing to say any more.
    if (state_ == State::kLoading && pool_.get() == pool) finish(std::move(description));
  });
}

void AppLoading::finish(Result<supervise::AppDescription> result) {
  app_.front.loop.defer(
      [limit = std::shared_ptr<Timer>(std::move(limit_))] {});  // it may be on the stack
  if (result) {
    if (auto used = app_.use(*result); !used) result = std::unexpected(std::move(used).error());
  }
  if (result) {
    state_ = State::kLoaded;
    failures_ = 0;
  } else {
    state_ = State::kFailed;
    const std::uint64_t pause_ms =
        std::min(kMaxPause_ms, kFirstPause_ms << std::min<std::uint64_t>(failures_++, 6));
    not_before_ms_ = app_.front.loop.now_ms() + pause_ms;
    const Error& error = result.error();
    if (tells_failure_) {
      app_.log.error("the app could not be loaded", {{"error", error_info(error.code).name},
                                                     {"reason", error.message},
                                                     {"next_try_after_ms", pause_ms}});
    }
    if (pool_) retire_pool();
  }
  while (!waiting_.empty()) {
    const Done done = std::move(waiting_.front().done);
    waiting_.pop_front();
    done(result);
  }
}

void AppLoading::retire_pool() {
  retired_.push_back(std::move(pool_));
  supervise::WorkerPool* pool = retired_.back().get();
  pool->shut_down([this, pool] {
    app_.front.loop.defer([this, pool] {
      std::erase_if(retired_, [pool](const auto& each) { return each.get() == pool; });
      end_if_shut_down();
    });
  });
}

void AppLoading::shut_down(std::function<void()> ended) {
  all_ended_ = std::move(ended);
  limit_.reset();
  state_ = State::kFailed;
  not_before_ms_ = ~std::uint64_t{0};
  pool_ended_ = pool_ == nullptr;
  if (pool_) pool_->shut_down([this] { pool_ended_ = true, end_if_shut_down(); });
  end_if_shut_down();
}

void AppLoading::end_if_shut_down() {
  if (all_ended_ && pool_ended_ && retired_.empty()) std::exchange(all_ended_, {})();
}

}  // namespace brink::proxy
