#include "engine/stall_watch.hpp"

#include "clock/clock.hpp"

#include <algorithm>
#include <chrono>

namespace halley::engine {
namespace {

using namespace std::chrono_literals;
constexpr duration beat = 20ms;
constexpr duration late = 10ms;

}  // namespace

stall_watch::stall_watch(clock::clock& time) : time_(time), timer_(time.make_timer()) {
}

awaitable<void> stall_watch::run() {
  while (!stopped_) {
    const instant due = time_.now() + beat;
    co_await clock::wait_until(*timer_, due);
    const instant now = time_.now();
    if (now - due > late) stalls_.emplace_back(due, now);
  }
}

void stall_watch::stop() {
  stopped_ = true;
  timer_->cancel();
}

duration stall_watch::stalled(instant from, instant to) const {
  duration sum{0};
  for (const auto& [begin, end] : stalls_)
    sum += std::max(duration{0}, std::min(end, to) - std::max(begin, from));
  return sum;
}

}  // namespace halley::engine
