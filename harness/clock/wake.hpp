#pragma once

#include "clock/clock.hpp"

#include <functional>
#include <memory>

namespace halley::clock {

/// Where one coroutine waits for others. A notification that comes while nobody waits is kept, so
/// none is lost between looking at a condition and waiting for its change.
class wake {
public:
  explicit wake(clock& time);

  /// Returns when notified, or at `deadline`; whoever waits looks at its conditions again.
  awaitable<void> wait_until(instant deadline);
  void notify();

private:
  std::unique_ptr<timer> timer_;
  bool notified_ = false;
  bool waiting_ = false;
};

/// Calls `bark` at a time unless it was disarmed or destroyed before. Cheap to arm and disarm: its
/// timer begins only when what is ready now has run, and most of what it watches has ended by then.
class watchdog {
public:
  explicit watchdog(clock& time);
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog();

  void arm(instant when, std::function<void()> bark);
  void disarm();

private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace halley::clock
