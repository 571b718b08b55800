#include "simulation/world.hpp"

#include "clock/clock.hpp"
#include "simulation/call.hpp"
#include "simulation/network.hpp"
#include "simulation/simulated_runtime.hpp"
#include "simulation/two_hosts.hpp"
#include "transport/path.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace halley::simulation {
namespace {

using namespace std::chrono_literals;

TEST(world, the_clock_jumps_to_the_next_event) {
  world time({});
  std::vector<instant> rang;
  const auto one = time.time().make_timer();
  one->async_wait(1h, [&](error_code error) {
    EXPECT_FALSE(error);
    rang.push_back(time.now());
  });
  EXPECT_EQ(time.run(), world::outcome::idle);
  EXPECT_EQ(rang, (std::vector<instant>{1h}));
  one->async_wait(1min, [&](error_code) { rang.push_back(time.now()); });
  time.run();
  EXPECT_EQ(rang, (std::vector<instant>{1h, 1h})) << "what is past comes at once";
}

TEST(world, a_cancelled_timer_never_moves_the_clock) {
  world time({});
  error_code ended;
  const auto one = time.time().make_timer();
  one->async_wait(1h, [&](error_code error) { ended = error; });
  one->cancel();
  {
    const auto gone = time.time().make_timer();
    gone->async_wait(2h, [](error_code) {});
  }
  EXPECT_EQ(time.run(), world::outcome::idle);
  EXPECT_EQ(ended, boost::asio::error::operation_aborted);
  EXPECT_EQ(time.now(), 0s);
}

/// The order in which twenty events of the same instant happen.
std::vector<int> order(world::settings how) {
  world time(how);
  std::vector<int> result;
  std::vector<std::unique_ptr<call>> calls;
  for (int i = 0; i < 20; ++i) {
    calls.push_back(std::make_unique<call>([&result, i] { result.push_back(i); }));
    time.at(1s, *calls.back());
  }
  call later([&result] { result.push_back(20); });
  time.at(1s + 1ns, later);
  time.run();
  return result;
}

TEST(world, events_of_one_instant_happen_in_the_order_in_which_they_were_begun) {
  const auto plain = order({.seed = 1});
  EXPECT_TRUE(std::ranges::is_sorted(plain));
  EXPECT_EQ(plain, order({.seed = 2}));
}

TEST(world, shuffling_permutes_events_of_one_instant_and_no_others) {
  const auto one = order({.seed = 1, .shuffle = true});
  EXPECT_FALSE(std::ranges::is_sorted(one));
  EXPECT_TRUE(std::ranges::is_permutation(one, order({})));
  EXPECT_EQ(one.back(), 20);
  EXPECT_EQ(one, order({.seed = 1, .shuffle = true}));
  EXPECT_NE(one, order({.seed = 2, .shuffle = true}));
}

/// Ten clients write at once; whose octets arrive in which order.
std::vector<std::size_t> arrivals(std::uint64_t seed) {
  two_hosts hosts({.seed = seed, .shuffle = true});
  transport::path slow;
  slow.delay = 10ms;
  slow.segment = 1;
  hosts.net.set_usual({slow, slow, {}});
  std::vector<pair_of_ends> ends;
  ends.reserve(10);
  for (int i = 0; i < 10; ++i)
    ends.push_back(hosts.connect());
  std::vector<std::unique_ptr<observer>> seen;
  std::vector<std::unique_ptr<writer>> writers;
  for (auto& one : ends) {
    seen.push_back(std::make_unique<observer>(hosts, *one.server));
    writers.push_back(std::make_unique<writer>(hosts, *one.client, "abcdef"));
  }
  std::vector<std::size_t> result;
  std::vector<bool> known(seen.size());
  const auto look = [&] {
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (!known[i] && !seen[i]->seen().empty()) {
        known[i] = true;
        result.push_back(i);
      }
    }
    return false;
  };
  hosts.time.run(look, {});
  for (const auto& one : seen)
    EXPECT_EQ(one->octets(), "abcdef") << "one direction keeps its order";
  return result;
}

TEST(world, shuffling_permutes_connections_and_never_the_octets_of_one) {
  const auto one = arrivals(1);
  ASSERT_EQ(one.size(), 10U);
  EXPECT_FALSE(std::ranges::is_sorted(one));
  EXPECT_EQ(one, arrivals(1));
  EXPECT_NE(one, arrivals(2));
}

TEST(world, a_run_ends_when_it_is_done) {
  world time({});
  int tasks = 0;
  for (int i = 0; i < 3; ++i)
    time.post([&] { ++tasks; });
  EXPECT_EQ(time.run([&] { return tasks == 2; }, {}), world::outcome::done);
  EXPECT_EQ(tasks, 2);
  EXPECT_EQ(time.run(), world::outcome::idle);
  EXPECT_EQ(time.so_far().tasks, 3U);
}

TEST(world, a_run_ends_before_what_is_too_late) {
  world time({});
  bool rang = false;
  call one([&] { rang = true; });
  time.at(10s, one);
  world::limits bounds;
  bounds.until = 10s - 1ns;
  EXPECT_EQ(time.run([] { return false; }, bounds), world::outcome::late);
  EXPECT_FALSE(rang);
  EXPECT_EQ(time.now(), bounds.until);
  bounds.until = 10s;
  EXPECT_EQ(time.run([] { return false; }, bounds), world::outcome::idle);
  EXPECT_TRUE(rang);
}

TEST(world, a_run_ends_after_so_many_steps) {
  world time({});
  std::function<void()> again = [&] { time.post([&] { again(); }); };
  again();
  world::limits bounds;
  bounds.steps = 1'000;
  EXPECT_EQ(time.run([] { return false; }, bounds), world::outcome::busy);
  EXPECT_EQ(time.so_far().tasks, 1'000U);
  EXPECT_EQ(time.now(), 0s);
}

TEST(world, a_hang_is_known_at_once) {
  two_hosts hosts;
  auto ends = hosts.connect();
  const observer client(hosts, *ends.client);
  const observer server(hosts, *ends.server);
  EXPECT_EQ(hosts.time.run(), world::outcome::idle) << "both wait for the other";
  EXPECT_EQ(hosts.time.now(), 0s);
}

TEST(world, an_exception_of_a_coroutine_comes_to_who_waits_for_it) {
  world time({});
  std::exception_ptr failed;
  auto work = []() -> awaitable<void> {
    throw std::runtime_error("no");
    co_return;
  };
  boost::asio::co_spawn(time.get_executor(), work(),
                        [&](std::exception_ptr error) { failed = std::move(error); });
  time.run();
  EXPECT_THROW(std::rethrow_exception(failed), std::runtime_error);
}

/// Says when it is destroyed.
struct witness {
  explicit witness(int& of) : gone(of) {}
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  ~witness() { ++gone; }
  int& gone;
};

awaitable<void> sleeps(world& time, int& gone) {
  const witness here(gone);
  co_await clock::sleep_for(time.time(), 1h);
}

awaitable<void> accepts(two_hosts& hosts, int& gone) {
  const witness here(gone);
  error_code error;
  const made one = co_await transport::accept(*hosts.listening, error);
  std::string block(10, '\0');
  const auto into = boost::asio::buffer(block);
  co_await transport::read_some(*one, into, error);
}

awaitable<void> connects_and_reads(two_hosts& hosts, int& gone) {
  const witness here(gone);
  error_code error;
  const transport::endpoint where = hosts.listening->local();
  const made one = co_await transport::connect(hosts.client, where, error);
  const std::string text = "unread";
  const auto data = boost::asio::buffer(text);
  co_await transport::write_all(*one, data, error);
  std::string block(10, '\0');
  const auto into = boost::asio::buffer(block);
  co_await transport::read_some(*one, into, error);
}

/// Ends a world after every number of steps: whatever waits then is dropped, and the frames of all
/// coroutines are destroyed. What would be leaked or used too late is seen by a sanitizer.
TEST(world, what_waits_at_the_end_is_dropped_whenever_that_is) {
  for (std::uint64_t steps = 0; steps < 40; ++steps) {
    int gone = 0;
    {
      two_hosts hosts;
      transport::path slow;
      slow.delay = 10ms;
      slow.segment = 2;
      hosts.net.set_usual({slow, slow, {}});
      const auto begin = [&](awaitable<void> work) {
        boost::asio::co_spawn(hosts.time.get_executor(), std::move(work),
                              [](const std::exception_ptr&) {});
      };
      begin(sleeps(hosts.time, gone));
      begin(accepts(hosts, gone));
      begin(connects_and_reads(hosts, gone));
      begin(connects_and_reads(hosts, gone));  // never accepted
      world::limits bounds;
      bounds.steps = steps;
      hosts.time.run([] { return false; }, bounds);
      hosts.time.end();
      const auto begun = static_cast<int>(std::min<std::uint64_t>(steps, 4));
      EXPECT_EQ(gone, begun) << "after " << steps << " steps";
      EXPECT_EQ(hosts.time.run(), world::outcome::idle) << "nothing runs after the end";
    }
  }
}

TEST(world, handlers_that_own_what_they_wait_for_are_dropped) {
  int gone = 0;
  std::string into(10, '\0');
  {
    two_hosts hosts;
    auto ends = hosts.connect();
    auto* const socket = ends.client.get();
    socket->async_read_some(boost::asio::buffer(into),
                            [own = std::make_shared<witness>(gone), keep = std::move(ends.client)](
                                error_code, std::size_t) {});
    auto* const other = ends.server.get();
    other->async_read_some(boost::asio::buffer(into),
                           [own = std::make_shared<witness>(gone), keep = std::move(ends.server)](
                               error_code, std::size_t) {});
    auto timer = hosts.time.time().make_timer();
    auto* const waiting = timer.get();
    waiting->async_wait(
        1h, [own = std::make_shared<witness>(gone), keep = std::move(timer)](error_code) {});
  }
  EXPECT_EQ(gone, 3);
}

TEST(world, sockets_may_outlive_the_end_and_the_network) {
  world time({});
  pair_of_ends ends;
  {
    network net(time);
    simulated_runtime machine(net, "machine");
    error_code error;
    const auto listening = machine.listen({}, error);
    machine.async_connect(listening->local(),
                          [&](error_code, made one) { ends.client = std::move(one); });
    listening->async_accept([&](error_code, made one) { ends.server = std::move(one); });
    time.run();
  }
  ASSERT_TRUE(ends.client && ends.server);
  std::string into(10, '\0');
  ends.client->async_read_some(boost::asio::buffer(into), [](error_code, std::size_t) {});
  ends.server->close();
  time.end();
  ends.client->close();
  EXPECT_EQ(time.run(), world::outcome::idle);
}

}  // namespace
}  // namespace halley::simulation
