#pragma once

#include <cstdint>
#include <string>

#include "core/config/app_files.h"
#include "core/config/config.h"
#include "core/supervise/module_store.h"
#include "core/supervise/worker.h"

namespace brink::supervise {

/// What makes a blank worker one of this app: its limits, its entries and its modules. Owned by the
/// app's pool, on the loop's thread.
class AppSource {
 public:
  /// Both must outlive it. Entries are numbered: the middleware first, if there is one, then the
  /// handlers in order.
  AppSource(const Config& config, const AppFiles& app);

  /// Tells a spare to load the app. It then asks for modules, and tells `owner` how it went.
  void load_into(Worker& spare, WorkerObserver& owner) const;
  /// Answers ModuleNeeded: source and code cache, or that there is no such module.
  void send_module(Worker& worker, std::uint32_t sequence, const ipc::ModuleNeeded& message);
  /// False: it is for no module of the app, or too large.
  bool add_code_cache(const Worker& maker, const ipc::CodeCache& message) {
    return modules_.add_code_cache(maker.pid(), message);
  }
  /// The worker has ended.
  void forget(const Worker& worker) { modules_.forget_maker(worker.pid()); }

 private:
  const Config& config_;
  ModuleStore modules_;
  std::string entries_;
  std::string variables_;  // as in ipc::Environment
};

}  // namespace brink::supervise
