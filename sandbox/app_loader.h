#pragma once

#include <v8.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/errors.h"
#include "core/ipc/messages.h"
#include "sandbox/cpu_limit.h"
#include "sandbox/module_graph.h"
#include "sandbox/script_error.h"

namespace brink::sandbox {

class Worker;

/// Makes a spare an app's: asks the front for the sources of its entries and of all they import,
/// compiles, links and evaluates them under the start limit, hands the entries to js-stdlib, and
/// tells the front AppReady, or AppFailed and ends the process. Main thread, as long as the worker.
class AppLoader {
 public:
  explicit AppLoader(Worker& worker) : worker_(worker) {}

  void load(const ipc::LoadApp& app);
  void on_source(std::uint32_t sequence, const ipc::ModuleSource& message);

  /// Goes on where a top-level await has settled. `idle`: nothing else is to do; then an await that
  /// nobody can settle is an error, and the code caches are made.
  void advance(bool idle);
  /// Does advance() have something to do without a message or a timer?
  bool busy() const { return state_ == State::kEvaluating && !waiting_; }

  const ModuleGraph& graph() const { return graph_; }

 private:
  enum class State : std::uint8_t { kBlank, kFetching, kEvaluating, kReady };

  struct Entry {
    ipc::EntryKind kind = ipc::EntryKind::kHandler;
    std::string path;
    ModuleGraph::Index module = 0;
  };

  /// A source that the front was asked for.
  struct Pending {
    std::string specifier;
    std::optional<ModuleGraph::Index> importer;  // none: of entry `entry`
    std::size_t entry = 0;
    ImportRequest place;
    std::string source;
    std::string cache;
  };

  struct Matcher {
    std::string source;
    std::string regexp;
  };

  void ask(Pending pending);
  void arrived(const Pending& pending, std::string_view path);
  void compile(std::string_view path, const Pending& pending);
  void follow_imports(ModuleGraph::Index module);
  void import_builtin(ModuleGraph::Index importer, const ImportRequest& import);
  void link();
  void evaluate_next();
  bool settled();
  void register_entries();
  void register_entry(std::size_t number);
  bool read_matchers(v8::Local<v8::Value> result);
  void send_code_caches();

  template <class Body>
  void turn(Body body);
  [[noreturn]] void fail_app(ErrorCode code, const ScriptError& error);
  [[noreturn]] void fail_import(ModuleGraph::Index importer, const ImportRequest& import,
                                std::string message);

  Worker& worker_;
  State state_ = State::kBlank;
  ModuleGraph graph_;
  std::vector<Entry> entries_;
  std::unordered_map<std::uint32_t, Pending> pending_;
  std::uint32_t last_sequence_ = 0;
  CpuBudget budget_;
  std::size_t next_entry_ = 0;          // to evaluate
  v8::Global<v8::Promise> evaluation_;  // of the entry before it
  bool waiting_ = false;                // for a top-level await
  std::vector<Matcher> matchers_;
  bool matches_every_path_ = true;
  bool caches_sent_ = false;
};

}  // namespace brink::sandbox
