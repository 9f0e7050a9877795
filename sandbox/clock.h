#pragma once

namespace brink::sandbox {

/// The time that scripts are told, by Date and Intl (through V8's platform), performance.now() and
/// timers. It can stand still while a script runs, so that a script can't measure what it, or
/// another request, does. One for a process, from when its engine starts. Main thread.
class Clock {
 public:
  Clock();

  /// From now on the time moves only with tick().
  void freeze();
  /// The worker looks at its messages and timers: what they run happens at this moment.
  void tick() {
    if (frozen_) look();
  }

  /// Since the worker began.
  double now_ms() const { return frozen_ ? now_ms_ : live_ms(); }
  /// Unix time.
  double unix_ms() const;
  /// now_ms() as it would be without freeze().
  double live_ms() const;

 private:
  void look();

  double began_ms_;
  bool frozen_ = false;
  double now_ms_ = 0;
  double unix_ms_ = 0;
};

}  // namespace brink::sandbox
