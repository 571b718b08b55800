#pragma once

#include "clock/clock.hpp"
#include "clock/wake.hpp"

#include <vector>

namespace halley::engine {

/// Rings for everyone who waits at that moment. Whoever waits looks at its own condition again;
/// between looking and waiting nothing else runs, so no ring is lost.
class bell {
public:
  explicit bell(clock::clock& time) : time_(time) {}
  bell(const bell&) = delete;
  bell& operator=(const bell&) = delete;

  /// Returns at the next ring, or at `deadline`.
  awaitable<void> wait_until(instant deadline);
  void ring();

private:
  clock::clock& time_;
  std::vector<clock::wake*> waiting_;
};

}  // namespace halley::engine
