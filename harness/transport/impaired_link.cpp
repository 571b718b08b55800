#include "transport/impaired_link.hpp"

#include "base/random.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "clock/wake.hpp"
#include "transport/impaired_lane.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace halley::transport {

/// What outlives the link object while its coroutines unwind.
class impaired_link::carried final : public lane_owner,
                                     public std::enable_shared_from_this<carried> {
public:
  carried(runtime& world, ends between, const paths& on, const link_limits& limits)
      : world_(world),
        limits_(limits),
        ends_(std::move(between)),
        up_(world.time(), *this, {*ends_.near, *ends_.far}, on.up),
        down_(world.time(), *this, {*ends_.far, *ends_.near}, on.down),
        half_open_(world.time()) {
    const auto seed = world.random("impaired link");
    up_.set_limits(limits);
    up_.set_chance(random_source::named(seed, "up"));
    down_.set_limits(limits);
    down_.set_chance(random_source::named(seed, "down"));
  }

  bool ended() const override { return ended_; }
  bool vanished() const override { return vanished_; }

  void reset() override {
    if (ended_) return;
    end();
    ends_.near->abort();
    ends_.far->abort();
  }

  void vanish() override {
    vanished_ = true;
    half_open_.arm(world_.time().now() + limits_.half_open, [this] { reset(); });
    up_.notify();
    down_.notify();
  }

  void sink_failed(const void* lane) override { (lane == &up_ ? down_ : up_).source_was_reset(); }

  void progressed() override {
    const bool over =
        vanished_ ? up_.source_ended() && down_.source_ended() : up_.closed() && down_.closed();
    if (!over || ended_) return;
    end();
    ends_.near->close();
    ends_.far->close();
  }

  awaitable<void> run() {
    const auto self = shared_from_this();
    const auto work = std::make_shared<clock::tasks>(world_.get_executor(), world_.time());
    work->spawn(read(self, up_));
    work->spawn(write(self, up_));
    work->spawn(read(self, down_));
    work->spawn(write(self, down_));
    while (work->in_flight() != 0) {
      const instant later = world_.time().now() + std::chrono::hours(1);
      co_await work->wait_until(later);
    }
    work->rethrow();
  }

private:
  // The frame keeps the connection, whoever forgets it; where one coroutine fails, all end.
  static awaitable<void> read(std::shared_ptr<carried> self, impaired_lane& on) {
    try {
      co_await on.read_all();
    } catch (...) {
      self->reset();
      throw;
    }
  }
  static awaitable<void> write(std::shared_ptr<carried> self, impaired_lane& on) {
    try {
      co_await on.write_all();
    } catch (...) {
      self->reset();
      throw;
    }
  }

  void end() {
    ended_ = true;
    half_open_.disarm();
    up_.notify();
    down_.notify();
  }

  runtime& world_;
  link_limits limits_;
  ends ends_;
  impaired_lane up_;
  impaired_lane down_;
  clock::watchdog half_open_;
  bool ended_ = false;
  bool vanished_ = false;
};

impaired_link::impaired_link(runtime& world, ends between, const paths& on, link_limits limits)
    : carried_(std::make_shared<carried>(world, std::move(between), on, limits)) {
}

impaired_link::~impaired_link() {
  stop();
}

awaitable<void> impaired_link::run() {
  const auto kept = carried_;
  co_await kept->run();
}

void impaired_link::stop() {
  carried_->reset();
}

}  // namespace halley::transport
