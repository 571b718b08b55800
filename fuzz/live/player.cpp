#include "fuzz/live/player.hpp"

#include "clock/clock.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/session.hpp"
#include "transport/runtime.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace halley::fuzz {
namespace {

constexpr auto between_ticks = std::chrono::milliseconds(20);

}  // namespace

struct player::lane {
  explicit lane(transport::runtime& world) : playing(world) {}
  job now;
  session playing;
  bool filling = false;
  bool again = false;
};

player::player(transport::runtime& world, std::size_t at_a_time)
    : world_(world), ticks_(world.time().make_timer()) {
  for (std::size_t i = 0; i < std::max<std::size_t>(at_a_time, 1); ++i)
    lanes_.push_back(std::make_unique<lane>(world));
}

player::~player() = default;

void player::begin(const patience& how_long, source from, sink to) {
  patience_ = how_long;
  from_ = std::move(from);
  to_ = std::move(to);
  for (const auto& one : lanes_)
    fill(*one);
  if (!ticking_ && playing_ > 0) watch();
}

/// A session may end within the call that begins it: no deeper than one call then.
void player::fill(lane& on) {
  if (on.filling) {
    on.again = true;
    return;
  }
  on.filling = true;
  do {
    on.again = false;
    start(on);
  } while (on.again);
  on.filling = false;
}

void player::start(lane& on) {
  auto next = from_();
  if (!next) return;
  on.now = std::move(*next);
  ++playing_;
  on.playing.begin(on.now.what, on.now.to, patience_, [this, &on](record&& seen) {
    --playing_;
    to_(std::move(on.now), std::move(seen));
    fill(on);
  });
}

void player::watch() {
  ticking_ = true;
  // A timer that is destroyed behind its time, before its handler ran, tells it of no error.
  const std::weak_ptr<const int> here = here_;
  ticks_->async_wait(world_.time().now() + between_ticks, [this, here](error_code error) {
    if (error || here.expired()) return;
    ticking_ = false;
    for (const auto& one : lanes_)
      one->playing.tick();
    if (playing_ > 0) watch();
  });
}

}  // namespace halley::fuzz
