#include "clock/tasks.hpp"

#include "clock/clock.hpp"
#include "clock/wake.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>
#include <vector>

namespace halley::clock {

tasks::tasks(executor where, clock& time) : where_(std::move(where)), time_(time) {
}

void tasks::spawn(awaitable<void> work) {
  ++in_flight_;
  boost::asio::co_spawn(
      where_, std::move(work),
      [self = shared_from_this()](const std::exception_ptr& error) { self->ended(error); });
}

awaitable<void> tasks::wait_until(instant deadline) {
  wake idle(time_);
  waiting_.push_back(&idle);
  while (in_flight_ != 0 && time_.now() < deadline)
    co_await idle.wait_until(deadline);
  std::erase(waiting_, &idle);
}

void tasks::rethrow() const {
  if (first_) std::rethrow_exception(first_);
}

void tasks::ended(std::exception_ptr error) {
  --in_flight_;
  if (!first_) first_ = std::move(error);
  if (in_flight_ != 0) return;
  for (wake* one : waiting_)
    one->notify();
}

}  // namespace halley::clock
