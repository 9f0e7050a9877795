#pragma once

#include <v8.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/errors.h"
#include "sandbox/app.h"
#include "sandbox/cpu_limit.h"
#include "sandbox/realm.h"
#include "sandbox/script_error.h"

namespace brink::sandbox {

class Worker;

/// Makes an app run in one realm: compiles, links and evaluates its modules and hands its entries
/// to js-stdlib, in turns that `budget` pays for. Main thread; all that it is given outlives it.
class AppStart {
 public:
  enum class State : std::uint8_t {
    kGoesOn,  ///< advance() has more to do
    kWaits,   ///< for a timer that a top-level await waits for
    kReady,
    kFailed,  ///< see failure()
  };

  struct Failure {
    ErrorCode code = ErrorCode::kInternal;
    ScriptError error;
  };

  struct Matcher {
    std::string source;
    std::string regexp;
  };

  /// Matchers are for the front, which asks once.
  enum class Matchers : bool { kIgnore, kRead };

  AppStart(Worker& worker, const App& app, Realm& realm, CpuBudget& budget, Matchers matchers)
      : worker_(worker),
        app_(app),
        realm_(realm),
        budget_(budget),
        reads_matchers_(matchers == Matchers::kRead) {}

  /// One module of the app's. `cache` is its code cache, or empty.
  ModuleGraph::Compiled compile(AppModules::Index module, std::string_view cache = {});
  /// False without a failure: there is no such built-in.
  bool make_builtin(AppModules::Index module);
  bool compile_all();

  /// Goes on with linking and evaluating, once all modules are compiled. `idle`: nothing else is to
  /// do, so an await that is not through yet and has no timer will never be.
  State advance(bool idle);
  /// Fires the realm's timers that are due; whether there were any.
  bool fire_timers();
  State state() const { return state_; }
  /// While it waits: the place of the top-level await, "middleware.js:3:1"; or the entry's path.
  std::string waits_in() const;
  const Failure& failure() const { return failure_; }
  /// Of the middleware, when ready; none: it is for every path.
  const std::vector<Matcher>& matchers() const { return matchers_; }

 private:
  bool link();
  void evaluate_next();
  bool settled();
  bool register_entry(std::size_t number);
  bool read_matchers(v8::Local<v8::Value> result);

  template <class Body>
  bool turn(Body body);
  bool fail(ErrorCode code, ScriptError error);

  Worker& worker_;
  const App& app_;
  Realm& realm_;
  CpuBudget& budget_;
  bool reads_matchers_;
  State state_ = State::kGoesOn;
  Failure failure_;
  bool linked_ = false;
  std::size_t next_entry_ = 0;          // to evaluate
  v8::Global<v8::Promise> evaluation_;  // of the entry before it
  std::vector<Matcher> matchers_;
};

}  // namespace brink::sandbox
