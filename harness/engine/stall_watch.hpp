#pragma once

#include "clock/clock.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace halley::engine {

/// Notices when Halley itself stood still: a heartbeat in its own loop that comes late. What a
/// target failed to do in such a time proves nothing.
class stall_watch {
public:
  explicit stall_watch(clock::clock& time);
  /// Beats until cancelled through `stop`.
  awaitable<void> run();
  void stop();
  /// How long Halley stood still, in all, between the two.
  duration stalled(instant from, instant to) const;

private:
  clock::clock& time_;
  std::unique_ptr<clock::timer> timer_;
  std::vector<std::pair<instant, instant>> stalls_;
  bool stopped_ = false;
};

}  // namespace halley::engine
