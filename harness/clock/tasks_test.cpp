#include "clock/tasks.hpp"

#include "clock/clock.hpp"
#include "clock/virtual_clock.hpp"
#include "clock/wake.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace halley::clock {
namespace {

using namespace std::chrono_literals;

awaitable<void> fail_after(clock& time, duration length) {
  co_await sleep_for(time, length);
  throw std::runtime_error("broken");
}

awaitable<void> join(tasks& work, clock& time, instant deadline, instant& joined) {
  co_await work.wait_until(deadline);
  joined = time.now();
}

TEST(tasks, the_owner_waits_for_all_and_sees_the_first_exception) {
  boost::asio::io_context context;
  virtual_clock time(context);
  const auto work = std::make_shared<tasks>(context.get_executor(), time);
  work->spawn(fail_after(time, 2s));
  work->spawn(fail_after(time, 5s));
  EXPECT_EQ(work->in_flight(), 2U);
  instant joined{0};
  auto done =
      boost::asio::co_spawn(context, join(*work, time, 1h, joined), boost::asio::use_future);
  time.run();
  EXPECT_NO_THROW(done.get());
  EXPECT_EQ(joined, 5s);
  EXPECT_EQ(work->in_flight(), 0U);
  EXPECT_THROW(work->rethrow(), std::runtime_error);
}

TEST(tasks, waiting_ends_at_the_deadline) {
  boost::asio::io_context context;
  virtual_clock time(context);
  const auto work = std::make_shared<tasks>(context.get_executor(), time);
  work->spawn(fail_after(time, 10s));
  instant joined{0};
  auto done =
      boost::asio::co_spawn(context, join(*work, time, 3s, joined), boost::asio::use_future);
  time.run();
  EXPECT_NO_THROW(done.get());
  EXPECT_EQ(joined, 3s);
}

awaitable<void> wait_twice(wake& bell, clock& time, std::string& log) {
  co_await bell.wait_until(1s);
  log += std::to_string(time.now() / 1ms) + " ";
  co_await bell.wait_until(1s);
  log += std::to_string(time.now() / 1ms) + " ";
}

TEST(wake, a_notification_that_nobody_waits_for_is_kept_once) {
  boost::asio::io_context context;
  virtual_clock time(context);
  wake bell(time);
  bell.notify();
  bell.notify();
  std::string log;
  auto done = boost::asio::co_spawn(context, wait_twice(bell, time, log), boost::asio::use_future);
  time.run();
  EXPECT_NO_THROW(done.get());
  EXPECT_EQ(log, "0 1000 ");
}

TEST(watchdog, it_barks_unless_it_was_disarmed) {
  boost::asio::io_context context;
  virtual_clock time(context);
  watchdog kept(time);
  watchdog disarmed(time);
  int barks = 0;
  kept.arm(1s, [&] { ++barks; });
  disarmed.arm(1s, [&] { barks += 10; });
  disarmed.disarm();
  time.run();
  EXPECT_EQ(barks, 1);
}

/// Arms it for each of `times` in milliseconds while the timer of the one before runs.
std::string barks_when_armed_for(const std::vector<int>& times) {
  boost::asio::io_context context;
  virtual_clock time(context);
  std::string log;
  watchdog one(time);
  for (const int at : times) {
    one.arm(instant(std::chrono::milliseconds(at)),
            [&log, at] { log += std::to_string(at) + " "; });
    context.poll();
    context.restart();
  }
  time.run();
  return log + "at " + std::to_string(time.now() / 1ms);
}

TEST(watchdog, only_the_last_time_that_it_was_armed_for_counts) {
  EXPECT_EQ(barks_when_armed_for({1000, 3000}), "3000 at 3000");
  EXPECT_EQ(barks_when_armed_for({3000, 1000}), "1000 at 1000");
  EXPECT_EQ(barks_when_armed_for({1000, 3000, 2000}), "2000 at 2000");
}

TEST(watchdog, a_destroyed_one_is_silent_whether_its_timer_runs_or_not) {
  boost::asio::io_context context;
  virtual_clock time(context);
  int barks = 0;
  auto early = std::make_unique<watchdog>(time);
  auto late = std::make_unique<watchdog>(time);
  late->arm(1s, [&] { ++barks; });
  context.poll();
  context.restart();
  early->arm(1s, [&] { ++barks; });
  early.reset();
  late.reset();
  time.run();
  EXPECT_EQ(barks, 0);
}

TEST(watchdog, it_may_be_destroyed_by_what_it_calls) {
  boost::asio::io_context context;
  virtual_clock time(context);
  auto one = std::make_unique<watchdog>(time);
  one->arm(1s, [&] { one.reset(); });
  time.run();
  EXPECT_EQ(one, nullptr);
}

}  // namespace
}  // namespace halley::clock
