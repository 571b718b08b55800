#pragma once

#include "clock/clock.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace halley::clock {

/// Where one coroutine waits for others. A notification that comes while nobody waits is kept, so
/// none is lost between looking at a condition and waiting for its change.
class wake {
public:
  explicit wake(clock& time) : time_(time) {}

  /// Returns when notified, or at `deadline`; whoever waits looks at its conditions again.
  awaitable<void> wait_until(instant deadline);
  void notify();
  /// From now on `act` is called for a notification that comes while nobody waits, from within
  /// notify(). An empty one ends that.
  void otherwise(std::function<void()> act) { otherwise_ = std::move(act); }

private:
  clock& time_;
  std::unique_ptr<timer> timer_;  ///< made for the first wait: most are never waited for
  std::function<void()> otherwise_;
  bool notified_ = false;
  bool waiting_ = false;
};

/// Calls `bark` at a time unless it was disarmed or destroyed before. Cheap to have, to arm and to
/// disarm: its timer begins only when what is ready now has run, and most of what it watches has
/// ended by then.
class watchdog {
public:
  explicit watchdog(clock& time) : time_(time) {}
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog();

  void arm(instant when, std::function<void()> bark);
  void disarm();

private:
  struct state;
  clock& time_;
  std::shared_ptr<state> state_;  ///< null until it is armed for the first time
};

}  // namespace halley::clock
