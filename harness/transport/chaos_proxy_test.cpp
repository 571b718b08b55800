#include "transport/chaos_proxy.hpp"

#include "clock/clock.hpp"
#include "transport/network_test_support.hpp"
#include "transport/runtime.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace halley::transport {
namespace {

using namespace std::chrono_literals;
using boost::asio::error::connection_reset;
using boost::asio::error::eof;

/// A server that the test itself plays, with the proxy in front.
class rig {
public:
  rig(runtime& world, const std::vector<std::string>& rules, std::size_t most = 8)
      : world_(world), behind_(world.listen({}, failed_)), proxy(world, settings(rules, most)) {
    EXPECT_TRUE(proxy.start({}, failed_)) << failed_.message();
  }

  awaitable<made> client() {
    error_code error;
    const endpoint where = proxy.local();
    made one = co_await connect(world_, where, error);
    EXPECT_FALSE(error) << error.message();
    co_return one;
  }
  awaitable<made> server() {
    error_code error;
    made one = co_await accept(*behind_, error);
    EXPECT_FALSE(error) << error.message();
    co_return one;
  }
  void close_server() { behind_.reset(); }

private:
  chaos_settings settings(const std::vector<std::string>& rules, std::size_t most) {
    chaos_settings how;
    how.upstream = behind_->local();
    how.rules = rules_of(rules);
    how.most_connections = most;
    return how;
  }

  runtime& world_;
  error_code failed_;
  std::unique_ptr<listener> behind_;

public:
  chaos_proxy proxy;
};

awaitable<void> passes(tcp_runtime& world) {
  const std::vector<std::string> rules = {"pass"};
  rig network(world, rules);
  const made client = co_await network.client();
  const made server = co_await network.server();
  co_await say(*client, "to the server");
  error_code error;
  client->shutdown_send(error);
  std::string got = co_await hear_all(*server, error);
  EXPECT_EQ(got, "to the server");
  EXPECT_EQ(error, eof);
  co_await say(*server, "and back");
  server->close();
  got = co_await hear_all(*client, error);
  EXPECT_EQ(got, "and back");
  EXPECT_EQ(error, eof);
  co_await network.proxy.stop();
  EXPECT_EQ(network.proxy.open(), 0U);
}

TEST(chaos_proxy, octets_pass_and_a_half_close_stays_one) {
  run(passes);
}

awaitable<void> resets(tcp_runtime& world) {
  const std::vector<std::string> rules;
  rig network(world, rules);
  error_code error;
  made client = co_await network.client();
  made server = co_await network.server();
  client->abort();
  co_await hear_all(*server, error);
  EXPECT_EQ(error, connection_reset);
  client = co_await network.client();
  server = co_await network.server();
  co_await say(*server, "last words");
  const std::string got = co_await hear(*client, 10, error);
  EXPECT_EQ(got, "last words");
  server->abort();
  co_await hear_all(*client, error);
  EXPECT_EQ(error, connection_reset);
}

TEST(chaos_proxy, a_reset_of_either_end_reaches_the_other) {
  run(resets);
}

awaitable<void> reset_behind_fin(tcp_runtime& world) {
  const std::vector<std::string> rules;
  rig network(world, rules);
  const made client = co_await network.client();
  const made server = co_await network.server();
  error_code error;
  co_await say(*server, "answer");
  server->close();
  const std::string got = co_await hear_all(*client, error);
  EXPECT_EQ(got, "answer");
  EXPECT_EQ(error, eof);
  // Nobody reads any more: the server's kernel answers with RST, and so does the proxy's.
  const std::string more(1 << 16U, 'x');
  error.clear();
  while (!error) {
    const auto data = boost::asio::buffer(more);
    co_await write_all(*client, data, error);
  }
  EXPECT_TRUE(error == connection_reset || error == boost::asio::error::broken_pipe)
      << error.message();
}

TEST(chaos_proxy, who_sends_to_a_closed_server_is_reset) {
  run(reset_behind_fin);
}

awaitable<void> delays(tcp_runtime& world) {
  const std::vector<std::string> rules = {"up: delay=30ms,jitter=5ms", "down: slow-close=40ms"};
  rig network(world, rules);
  const made client = co_await network.client();
  const made server = co_await network.server();
  error_code error;
  instant before = world.time().now();
  co_await say(*client, "late");
  std::string got = co_await hear(*server, 4, error);
  EXPECT_EQ(got, "late");
  EXPECT_GE(world.time().now() - before, 30ms);
  before = world.time().now();
  server->close();
  got = co_await hear_all(*client, error);
  EXPECT_EQ(error, eof);
  EXPECT_GE(world.time().now() - before, 40ms);
}

TEST(chaos_proxy, octets_and_ends_come_later) {
  run(delays);
}

awaitable<void> cut_by_fin(tcp_runtime& world) {
  const std::vector<std::string> rules = {"up: fin-after=5"};
  rig network(world, rules);
  const made client = co_await network.client();
  const made server = co_await network.server();
  co_await say(*client, "hello world");
  error_code error;
  std::string got = co_await hear_all(*server, error);
  EXPECT_EQ(got, "hello");
  EXPECT_EQ(error, eof);
  co_await say(*client, "into the void");
  co_await say(*server, "the other way goes on");
  server->close();
  got = co_await hear_all(*client, error);
  EXPECT_EQ(got, "the other way goes on");
  EXPECT_EQ(error, eof);
}

TEST(chaos_proxy, a_fin_comes_after_exactly_so_many_octets) {
  run(cut_by_fin);
}

awaitable<void> cut_by_reset(tcp_runtime& world) {
  const std::vector<std::string> rules = {"up 1: reset-after=5", "down 2: reset-after=0"};
  rig network(world, rules);
  made client = co_await network.client();
  made server = co_await network.server();
  co_await say(*client, "hello world");
  error_code error;
  std::string got = co_await hear_all(*server, error);
  EXPECT_EQ(got, "hello");
  EXPECT_EQ(error, connection_reset);
  co_await hear_all(*client, error);
  EXPECT_EQ(error, connection_reset);
  client = co_await network.client();
  server = co_await network.server();
  co_await hear_all(*client, error);
  EXPECT_EQ(error, connection_reset);
  co_await hear_all(*server, error);
  EXPECT_EQ(error, connection_reset);
}

TEST(chaos_proxy, a_reset_after_so_many_octets_is_seen_by_both) {
  run(cut_by_reset);
}

awaitable<void> held(tcp_runtime& world) {
  const std::vector<std::string> rules = {"up: hold-after=3/60ms"};
  rig network(world, rules);
  const made client = co_await network.client();
  const made server = co_await network.server();
  const instant before = world.time().now();
  co_await say(*client, "hello ");
  co_await say(*client, "world");
  error_code error;
  client->shutdown_send(error);
  std::string got = co_await hear(*server, 3, error);
  EXPECT_EQ(got, "hel");
  got = co_await hear_all(*server, error);
  EXPECT_EQ(got, "lo world");
  EXPECT_EQ(error, eof);
  EXPECT_GE(world.time().now() - before, 60ms);
}

TEST(chaos_proxy, what_was_held_passes_afterwards) {
  run(held);
}

awaitable<void> vanishes(tcp_runtime& world) {
  const std::vector<std::string> rules = {"up: vanish-after=3"};
  rig network(world, rules);
  const made client = co_await network.client();
  const made server = co_await network.server();
  co_await say(*client, "hello");
  error_code error;
  std::string got = co_await hear(*server, 3, error);
  EXPECT_EQ(got, "hel");
  co_await say(*server, "anybody there?");
  EXPECT_EQ(network.proxy.open(), 1U);
  co_await network.proxy.stop();
  got = co_await hear_all(*server, error);
  EXPECT_EQ(got, "");
  EXPECT_EQ(error, connection_reset);
  got = co_await hear_all(*client, error);
  EXPECT_EQ(got, "");
  EXPECT_EQ(error, connection_reset);
}

TEST(chaos_proxy, behind_a_vanish_nothing_passes_either_way_until_it_is_stopped) {
  run(vanishes);
}

awaitable<void> frees(tcp_runtime& world) {
  const std::vector<std::string> rules = {"1: vanish-after=0", "2: drop"};
  rig network(world, rules, 1);
  const made first = co_await network.client();
  const made server = co_await network.server();
  EXPECT_EQ(network.proxy.accepted(), 1U);
  first->close();
  server->abort();
  const made second = co_await network.client();
  second->close();
  // Accepted only once the two before are gone: there is room for one.
  const made third = co_await network.client();
  const made last = co_await network.server();
  co_await say(*third, "x");
  error_code error;
  const std::string got = co_await hear(*last, 1, error);
  EXPECT_EQ(got, "x");
  EXPECT_EQ(network.proxy.accepted(), 3U);
  EXPECT_EQ(network.proxy.open(), 1U);
}

TEST(chaos_proxy, a_connection_that_both_ends_have_left_makes_room_for_the_next) {
  run(frees);
}

awaitable<void> refuses(tcp_runtime& world) {
  const std::vector<std::string> rules = {"1: refuse"};
  rig network(world, rules);
  // The RST may be there before the client has looked how its attempt went.
  error_code error;
  const endpoint where = network.proxy.local();
  const made first = co_await connect(world, where, error);
  if (first) co_await hear_all(*first, error);
  EXPECT_EQ(error, connection_reset);
  const made second = co_await network.client();
  const made server = co_await network.server();
  co_await say(*server, "welcome");
  const std::string got = co_await hear(*second, 7, error);
  EXPECT_EQ(got, "welcome");
}

TEST(chaos_proxy, a_refused_connection_is_reset_and_the_next_is_not) {
  run(refuses);
}

awaitable<void> drops(tcp_runtime& world) {
  const std::vector<std::string> rules = {"1: drop"};
  rig network(world, rules);
  const made first = co_await network.client();
  co_await say(*first, "anybody there?");
  // The second is the first that the server sees.
  const made second = co_await network.client();
  const made server = co_await network.server();
  co_await say(*second, "2");
  error_code error;
  std::string got = co_await hear(*server, 1, error);
  EXPECT_EQ(got, "2");
  EXPECT_EQ(network.proxy.open(), 2U);
  co_await network.proxy.stop();
  got = co_await hear_all(*first, error);
  EXPECT_EQ(got, "");
  EXPECT_EQ(error, connection_reset);
}

TEST(chaos_proxy, a_dropped_connection_is_never_answered) {
  run(drops);
}

awaitable<void> no_upstream(tcp_runtime& world) {
  const std::vector<std::string> rules;
  rig network(world, rules);
  network.close_server();
  error_code error;
  const endpoint where = network.proxy.local();
  const made client = co_await connect(world, where, error);
  if (client) co_await hear_all(*client, error);
  EXPECT_EQ(error, connection_reset);
  EXPECT_EQ(network.proxy.unreachable(), 1U);
}

TEST(chaos_proxy, without_a_server_behind_it_connections_are_reset) {
  run(no_upstream);
}

awaitable<void> loopback_only(tcp_runtime& world) {
  error_code error;
  chaos_settings away;
  away.upstream = {"192.0.2.1", 80};
  chaos_proxy to_elsewhere(world, away);
  EXPECT_FALSE(to_elsewhere.start({}, error));
  EXPECT_EQ(error, boost::asio::error::access_denied);
  chaos_proxy for_everybody(world, {});
  const endpoint anywhere{"0.0.0.0", 0};
  EXPECT_FALSE(for_everybody.start(anywhere, error));
  EXPECT_EQ(error, boost::asio::error::access_denied);
  co_return;
}

TEST(chaos_proxy, it_leaves_the_machine_on_neither_side) {
  run(loopback_only);
}

}  // namespace
}  // namespace halley::transport
