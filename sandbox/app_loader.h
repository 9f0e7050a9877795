#pragma once

#include <v8.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/errors.h"
#include "core/ipc/messages.h"
#include "sandbox/app.h"
#include "sandbox/app_start.h"
#include "sandbox/cpu_limit.h"
#include "sandbox/module_graph.h"
#include "sandbox/script_error.h"

namespace brink::sandbox {

class Worker;

/// Makes a spare an app's: asks the front for the sources of its entries and of all they import,
/// has them run in the worker's first realm under the start limit, and tells the front AppReady, or
/// AppFailed and ends the process. Main thread, as long as the worker.
class AppLoader {
 public:
  explicit AppLoader(Worker& worker) : worker_(worker) {}

  void load(const ipc::LoadApp& app);
  void on_source(std::uint32_t sequence, const ipc::ModuleSource& message);

  /// Goes on where a top-level await has settled. `idle`: nothing else is to do; then the code
  /// caches are made.
  void advance(bool idle);
  /// Does advance() have something to do without a message or a timer?
  bool busy() const {
    return state_ == State::kStarting && start_ && start_->state() == AppStart::State::kGoesOn;
  }

  const App& app() const { return app_; }

 private:
  enum class State : std::uint8_t { kBlank, kFetching, kStarting, kReady };

  /// A source that the front was asked for.
  struct Pending {
    std::string specifier;
    std::optional<AppModules::Index> importer;  // none: of entry `entry`
    std::size_t entry = 0;
    ImportRequest place;
    std::string source;
    std::string cache;
  };

  void ask(Pending pending);
  void arrived(const Pending& pending, std::string_view path);
  AppModules::Index compile(std::string_view path, const Pending& pending);
  void follow_imports(AppModules::Index module, std::string_view source);
  void import_builtin(AppModules::Index importer, const ImportRequest& import);
  void tell_ready();
  void send_code_caches();

  [[noreturn]] void fail_app(ErrorCode code, const ScriptError& error);
  [[noreturn]] void fail_import(ErrorCode code, AppModules::Index importer,
                                const ImportRequest& import, std::string message);
  [[noreturn]] void fail_missing(const Pending& pending, std::string_view text);

  Worker& worker_;
  State state_ = State::kBlank;
  App app_;
  CpuBudget budget_;
  std::unique_ptr<AppStart> start_;
  std::unordered_map<std::uint32_t, Pending> pending_;
  std::uint32_t last_sequence_ = 0;
  bool told_of_wait_ = false;
  bool caches_sent_ = false;
};

}  // namespace brink::sandbox
