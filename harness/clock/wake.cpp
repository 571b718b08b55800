#include "clock/wake.hpp"

#include "clock/clock.hpp"

#include <cassert>
#include <functional>
#include <memory>
#include <utility>

namespace halley::clock {

wake::wake(clock& time) : timer_(time.make_timer()) {
}

awaitable<void> wake::wait_until(instant deadline) {
  // Two waiters would wake each other for ever.
  assert(!waiting_);
  if (!notified_) {
    waiting_ = true;
    co_await halley::clock::wait_until(*timer_, deadline);
    waiting_ = false;
  }
  notified_ = false;
}

void wake::notify() {
  notified_ = true;
  if (waiting_) timer_->cancel();
}

void watchdog::arm(instant when, std::function<void()> bark) {
  disarm();
  armed_ = std::make_shared<bool>(true);
  timer_ = time_.make_timer();
  timer_->async_wait(when, [armed = armed_, bark = std::move(bark)](error_code error) {
    if (!error && *armed) bark();
  });
}

void watchdog::disarm() {
  if (armed_) *armed_ = false;
  armed_.reset();
  timer_.reset();
}

}  // namespace halley::clock
