#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/ipc/channel.h"
#include "sandbox/app.h"
#include "sandbox/app_start.h"
#include "sandbox/cpu_limit.h"
#include "sandbox/realm.h"

namespace brink::sandbox {

class Worker;

/// Realms for `"isolation": "request"`: each request gets one in which the app has just started,
/// and is the only one that ever runs in it. They are made one at a time, when the worker has
/// nothing else to do, or at once when a request waits for one; the app's start limit pays. None is
/// made while requests run and most of the app's memory is in use: who waits, waits on, so that
/// those that run can end. Until a
/// request has it, a realm sleeps: its timers do not fire. Main thread, as long as the worker.
class RealmPool {
 public:
  RealmPool(Worker& worker, const App& app) : worker_(worker), app_(app) {}

  /// From now on requests are served; the app has started in `first`.
  void open(std::unique_ptr<Realm> first);

  /// From now on a realm is made only for a request that waits for one.
  void make_no_spares() { makes_spares_ = false; }

  bool empty() const { return ready_.empty(); }
  /// Not while empty.
  std::unique_ptr<Realm> take();

  /// Keeps a Request message until there is a realm for it; then the worker gets it once more. One
  /// for which the app can't be started is answered with the reason.
  void hold(const ipc::Frame& request);
  /// Forgets a request that is held. False: there is no such one.
  bool drop(std::uint32_t request);
  bool holds_any() const { return !held_.empty(); }

  /// A request has ended, and its realm with it.
  void on_realm_gone() { ++gone_; }

  /// Goes on with making a realm, or begins to. `idle`: the worker has nothing else to do.
  void advance(bool idle);
  /// Does advance(true) have something to do without a message or a timer?
  bool busy() const;
  /// Fires the timers of the realm that is being made; whether there were any.
  bool fire_timers();
  /// When the next of them is due.
  std::optional<double> next_due_ms() const;

 private:
  struct Held {
    ipc::FrameHeader header;
    std::vector<std::byte> payload;
  };

  bool wants_spare() const;
  bool has_room();
  void tell_held() const;
  void begin();
  void fail(const AppStart::Failure& failure);
  void serve_oldest();

  Worker& worker_;
  const App& app_;
  bool open_ = false;
  bool makes_spares_ = true;
  std::vector<std::unique_ptr<Realm>> ready_;
  std::deque<Held> held_;
  // The one that is being made.
  std::unique_ptr<Realm> realm_;
  CpuBudget budget_;
  std::unique_ptr<AppStart> start_;
  bool last_failed_ = false;
  bool starved_ = false;  // requests are held for want of memory
  std::size_t gone_ = 0;  // realms since garbage was last collected here
};

}  // namespace brink::sandbox
