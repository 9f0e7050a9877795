#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <print>
#include <string>
#include <utility>

#include "cli/command.h"
#include "core/loop/event_loop.h"
#include "core/loop/timer.h"
#include "core/supervise/worker.h"
#include "core/supervise/zygote.h"

namespace brink::cli {
namespace {

using supervise::SpawnedProcess;
using supervise::Worker;
using supervise::Zygote;

constexpr std::uint64_t kPatience_ms = 10'000;

/// Starts one worker, asks for nothing but its report, and lets it go.
class JailTrial final : Zygote::Observer, supervise::SpareObserver {
 public:
  explicit JailTrial(EventLoop& loop)
      : loop_(loop), patience_(loop, [this] { end(failure("did not start in time")); }) {}

  Result<ipc::JailReport> run(const std::string& executable) {
    if (auto started = start(executable); !started) return std::unexpected(started.error());
    loop_.run();
    return std::move(result_);
  }

 private:
  Result<void> start(const std::string& executable) {
    auto zygote = Zygote::start(loop_, executable, *this);
    if (!zygote) return std::unexpected(zygote.error());
    zygote_ = *std::move(zygote);
    auto made = Worker::make_descriptors();
    if (!made) return std::unexpected(made.error());
    fds_ = *std::move(made);
    patience_.start(kPatience_ms);
    return zygote_->spawn(fds_.memfd.get(), fds_.to_worker_event.get(), fds_.to_front_event.get(),
                          [this](Result<SpawnedProcess>&& process) { watch(std::move(process)); });
  }

  void watch(Result<SpawnedProcess>&& process) {
    if (!process) return end(std::unexpected(process.error()));
    auto worker = Worker::create(loop_, std::move(fds_), *std::move(process), *this);
    if (!worker) return end(std::unexpected(worker.error()));
    worker_ = *std::move(worker);
    worker_->hurry();
    // The worker sleeps from here on, and so does this side, unless it has spoken already.
    loop_.defer([this] { worker_->settle(); });
  }

  static std::unexpected<Error> failure(const char* what) {
    return fail(ErrorCode::kSystem, std::string("the worker ") + what);
  }

  void end(Result<ipc::JailReport> result) {
    result_ = std::move(result);
    patience_.stop();
    loop_.stop();
  }

  void on_process_exit(int, int) override { end(failure("ended as it started")); }
  void on_zygote_gone() override { end(failure("could not be forked: the zygote ended")); }
  void on_spare_ready(Worker& worker) override { end(worker.jail()); }

  EventLoop& loop_;
  Timer patience_;
  Worker::Descriptors fds_;
  std::unique_ptr<Zygote> zygote_;  // ends the worker's process with its own
  std::unique_ptr<Worker> worker_;
  Result<ipc::JailReport> result_ = failure("said nothing");
};

void print_part(ipc::JailPart part, int error) {
  const ipc::JailPartInfo& info = ipc::jail_part_info(part);
  std::println("{:<19}  {:<9}  code that takes a worker over cannot {}", info.name,
               error == 0 ? "in force" : "MISSING", info.stops);
  if (error != 0)
    std::println("{:<19}  {:<9}  {}; it needs {}", "", "", std::strerror(error), info.needs);
}

}  // namespace

int check_jail() {
  const Result<std::string> executable = find_worker();
  if (!executable) {
    print_error(executable.error());
    return kExitError;
  }
  EventLoop loop;
  const Result<ipc::JailReport> report = JailTrial(loop).run(*executable);
  if (!report) {
    print_error(report.error());
    return kExitError;
  }
  for (std::size_t i = 0; i < ipc::kJailParts; ++i) {
    const auto part = static_cast<ipc::JailPart>(i);
    print_part(part, report->error(part));
  }
  return report->complete() ? kExitOk : kExitError;
}

}  // namespace brink::cli
