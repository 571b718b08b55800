#include "fuzz/live/play_alone.hpp"

#include "clock/clock.hpp"
#include "fuzz/live/exchange.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/live/session.hpp"
#include "fuzz/live/stage.hpp"
#include "transport/transport.hpp"

#include <boost/asio/post.hpp>

#include <functional>
#include <utility>

namespace halley::fuzz {

record play_alone(stage& on,
                  const exchange& what,
                  const transport::endpoint& to,
                  const patience& how_long) {
  record result;
  session one(on.runtime());
  bool over = false;
  one.begin(what, to, how_long, [&](record&& seen) {
    result = std::move(seen);
    over = true;
  });
  const auto ticks = on.runtime().time().make_timer();
  const duration between = how_long.quiet / 8;
  const std::function<void()> watch = [&] {
    ticks->async_wait(on.runtime().time().now() + between, [&](error_code error) {
      if (error) return;  // this is over, and what it refers to gone
      one.tick();
      if (!over) watch();
    });
  };
  watch();
  on.run([&] { return over; });
  ticks->cancel();
  bool drained = false;
  boost::asio::post(on.runtime().get_executor(), [&] { drained = true; });
  on.run([&] { return drained; });
  return result;
}

void wait_alone(stage& on, duration how_long) {
  const auto timer = on.runtime().time().make_timer();
  bool over = false;
  timer->async_wait(on.runtime().time().now() + how_long, [&over](error_code) { over = true; });
  on.run([&over] { return over; });
}

}  // namespace halley::fuzz
