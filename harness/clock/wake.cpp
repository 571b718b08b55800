#include "clock/wake.hpp"

#include "clock/clock.hpp"

#include <boost/asio/post.hpp>

#include <cassert>
#include <functional>
#include <memory>
#include <utility>

namespace halley::clock {

awaitable<void> wake::wait_until(instant deadline) {
  // Two waiters would wake each other for ever.
  assert(!waiting_);
  if (!notified_) {
    if (!timer_) timer_ = time_.make_timer();
    waiting_ = true;
    error_code ignored;  // whoever waits looks at its conditions again
    co_await halley::clock::wait_until(*timer_, deadline, ignored);
    waiting_ = false;
  }
  notified_ = false;
}

void wake::notify() {
  notified_ = true;
  if (waiting_) {
    timer_->cancel();
  } else if (otherwise_) {
    otherwise_();
  }
}

/// Held by the timer's handler and by `look` too, which may run when the watchdog is gone.
struct watchdog::state : std::enable_shared_from_this<state> {
  explicit state(clock& time) : one(time.make_timer()) {}

  void look() {
    looks = false;
    if (!armed || waits) return;
    waits = true;
    one->async_wait(deadline, [self = shared_from_this()](error_code error) { self->ring(error); });
  }

  void ring(error_code error) {
    waits = false;
    if (!armed) return;
    if (error) {
      look();  // armed anew since
    } else {
      armed = false;
      const auto act = std::exchange(bark, nullptr);
      act();
    }
  }

  std::unique_ptr<timer> one;
  std::function<void()> bark;
  instant deadline{0};
  bool armed = false;
  bool looks = false;  ///< `look` is about to run
  bool waits = false;  ///< the timer runs, or its handler is about to
};

watchdog::~watchdog() {
  if (!state_) return;
  state_->armed = false;
  state_->one.reset();
}

void watchdog::arm(instant when, std::function<void()> bark) {
  disarm();
  if (!state_) state_ = std::make_shared<state>(time_);
  state_->bark = std::move(bark);
  state_->deadline = when;
  state_->armed = true;
  if (std::exchange(state_->looks, true)) return;
  boost::asio::post(state_->one->get_executor(), [self = state_] {
    if (self->one) self->look();
  });
}

void watchdog::disarm() {
  if (!state_) return;
  state_->armed = false;
  if (state_->waits) state_->one->cancel();
}

}  // namespace halley::clock
