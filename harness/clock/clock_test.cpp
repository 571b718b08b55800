#include "clock/clock.hpp"

#include "clock/steady_clock.hpp"
#include "clock/virtual_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::clock {
namespace {

using namespace std::chrono_literals;

awaitable<void> note_after(clock& time, duration length, std::string word, std::string& log) {
  const error_code error = co_await sleep_for(time, length);
  log += word + "@" + std::to_string(time.now() / 1ms) + (error ? "!" : "") + " ";
}

TEST(clock, virtual_time_jumps_to_the_earliest_wait_and_keeps_ties_in_order) {
  boost::asio::io_context context;
  virtual_clock time(context);
  std::string log;
  std::vector<std::future<void>> work;
  for (const auto& [length, word] : std::vector<std::pair<duration, std::string>>{
           {5ms, "b"}, {24h, "d"}, {1ms, "a"}, {5ms, "c"}}) {
    work.push_back(boost::asio::co_spawn(context, note_after(time, length, word, log),
                                         boost::asio::use_future));
  }
  EXPECT_EQ(time.run(), 4U);
  EXPECT_EQ(log, "a@1 b@5 c@5 d@86400000 ");
  EXPECT_EQ(time.now(), 24h);
  for (auto& one : work)
    EXPECT_NO_THROW(one.get());
}

TEST(clock, virtual_time_stops_at_the_limit) {
  boost::asio::io_context context;
  virtual_clock time(context);
  std::string log;
  auto work =
      boost::asio::co_spawn(context, note_after(time, 10s, "late", log), boost::asio::use_future);
  EXPECT_EQ(time.run(3s), 0U);
  EXPECT_EQ(time.now(), 3s);
  EXPECT_EQ(log, "");
  EXPECT_EQ(time.run(), 1U);
  EXPECT_EQ(log, "late@10000 ");
  EXPECT_NO_THROW(work.get());
}

awaitable<void> race(clock& time, std::string& log) {
  using namespace boost::asio::experimental::awaitable_operators;
  auto fast = note_after(time, 1s, "fast", log);
  auto slow = note_after(time, 1h, "slow", log);
  auto both = std::move(fast) || std::move(slow);
  co_await std::move(both);
}

TEST(clock, the_loser_of_a_race_is_cancelled_and_does_not_move_virtual_time) {
  boost::asio::io_context context;
  virtual_clock time(context);
  std::string log;
  auto work = boost::asio::co_spawn(context, race(time, log), boost::asio::use_future);
  time.run();
  EXPECT_EQ(log, "fast@1000 slow@1000! ");
  EXPECT_EQ(time.now(), 1s);
  EXPECT_NO_THROW(work.get());
}

TEST(clock, real_time_passes_and_a_destroyed_timer_ends_its_wait) {
  boost::asio::io_context context;
  steady_clock time(context.get_executor());
  std::string log;
  auto work =
      boost::asio::co_spawn(context, note_after(time, 2ms, "x", log), boost::asio::use_future);
  error_code ended;
  auto cancelled = time.make_timer();
  cancelled->async_wait(1h, [&](error_code error) { ended = error; });
  cancelled.reset();
  context.run();
  EXPECT_NO_THROW(work.get());
  EXPECT_GE(time.now(), 2ms);
  EXPECT_EQ(ended, boost::asio::error::operation_aborted);
}

}  // namespace
}  // namespace halley::clock
