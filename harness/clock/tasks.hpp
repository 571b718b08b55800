#pragma once

#include "clock/clock.hpp"
#include "clock/wake.hpp"

#include <cstddef>
#include <exception>
#include <memory>
#include <vector>

namespace halley::clock {

/// Owns every coroutine of a gateway: counts those in flight and keeps the first exception that one
/// of them let out, for the one who waits.
class tasks : public std::enable_shared_from_this<tasks> {
public:
  tasks(executor where, clock& time);

  void spawn(awaitable<void> work);
  std::size_t in_flight() const { return in_flight_; }
  /// Waits until none is in flight, at most until `deadline`.
  awaitable<void> wait_until(instant deadline);
  void rethrow() const;

private:
  void ended(std::exception_ptr error);

  executor where_;
  clock& time_;
  std::vector<wake*> waiting_;
  std::size_t in_flight_ = 0;
  std::exception_ptr first_;
};

}  // namespace halley::clock
