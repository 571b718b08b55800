#include "clock/clock.hpp"
#include "simulation/network.hpp"
#include "simulation/two_hosts.hpp"
#include "simulation/world.hpp"
#include "transport/path.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// When things arrive, to the nanosecond.
namespace halley::simulation {
namespace {

using namespace std::chrono_literals;
namespace error = boost::asio::error;

network::link both_ways(const transport::path& path) {
  return {path, path, {}};
}

TEST(timing, octets_and_fin_arrive_after_the_delay_of_their_way) {
  two_hosts hosts;
  network::link uneven;
  uneven.up.delay = 50ms;
  uneven.down.delay = 7ms;
  hosts.net.set_usual(uneven);
  auto ends = hosts.connect();
  EXPECT_EQ(hosts.time.now(), 107ms) << "SYN, SYN+ACK, ACK";
  const observer server(hosts, *ends.server);
  const observer client(hosts, *ends.client);
  const writer question(hosts, *ends.client, "question");
  const writer answer(hosts, *ends.server, "answer");
  hosts.run_for(1s);
  EXPECT_EQ(server.seen(), (std::vector<sight>{{50ms, "question"}}));
  EXPECT_EQ(client.seen(), (std::vector<sight>{{7ms, "answer"}}));
  EXPECT_EQ(question.took(), 0s) << "the kernel takes it at once";
}

TEST(timing, the_ends_of_a_connection_come_in_the_order_of_closing) {
  two_hosts hosts;
  hosts.net.set_usual(both_ways({.delay = 10ms}));
  auto ends = hosts.connect();
  const observer server(hosts, *ends.server);
  const observer client(hosts, *ends.client);
  error_code failed;
  ends.client->shutdown_send(failed);
  EXPECT_FALSE(failed);
  hosts.time.run([&] { return !server.seen().empty(); }, {});
  EXPECT_EQ(server.seen(), (std::vector<sight>{{10ms, "", error::eof}}));
  EXPECT_TRUE(client.seen().empty());
  ends.server->close();
  EXPECT_EQ(hosts.time.run(), world::outcome::idle);
  EXPECT_EQ(client.seen(), (std::vector<sight>{{20ms, "", error::eof}}));
}

std::vector<sight> with_jitter(std::uint64_t seed) {
  two_hosts hosts({.seed = seed});
  hosts.net.set_usual(both_ways({.delay = 50ms, .jitter = 10ms, .segment = 1}));
  auto ends = hosts.connect();
  const observer server(hosts, *ends.server);
  std::string text;
  for (char one = ' '; one <= '~'; ++one)
    text += one;
  const writer all(hosts, *ends.client, text);
  hosts.time.run();
  EXPECT_EQ(server.octets(), text) << "order is kept";
  return server.seen();
}

TEST(timing, jitter_keeps_the_order_and_is_the_same_for_the_same_seed) {
  const auto seen = with_jitter(1);
  ASSERT_EQ(seen.size(), 95U) << "one octet a segment";
  EXPECT_TRUE(std::ranges::is_sorted(seen, {}, &sight::at));
  EXPECT_GE(seen.front().at, 50ms);
  EXPECT_LE(seen.back().at, 60ms + 95ns) << "a nanosecond more for each that was overtaken";
  EXPECT_NE(seen.front().at, seen.back().at);
  EXPECT_EQ(seen, with_jitter(1));
  EXPECT_NE(seen, with_jitter(2));
}

TEST(timing, a_mebibyte_at_64_kib_a_second_takes_16_seconds) {
  for (const duration delay : {duration(0), duration(50ms)}) {
    for (const std::size_t segment : {0U, 300U, 1'000U}) {
      two_hosts hosts;
      hosts.net.set_usual(both_ways({.delay = delay, .rate = 65'536, .segment = segment}));
      auto ends = hosts.connect();
      const observer server(hosts, *ends.server);
      const writer all(hosts, *ends.client, std::string(1'048'576, 'x'));
      hosts.time.run();
      EXPECT_EQ(server.octets().size(), 1'048'576U);
      EXPECT_EQ(server.last().at, 16s + delay) << "segments of " << segment;
    }
  }
}

TEST(timing, a_line_that_was_idle_owes_nothing) {
  two_hosts hosts;
  hosts.net.set_usual(both_ways({.rate = 3}));
  auto ends = hosts.connect();
  const observer server(hosts, *ends.server);
  const writer first(hosts, *ends.client, "1");
  hosts.time.run();
  const writer second(hosts, *ends.client, "333");
  hosts.time.run();
  EXPECT_EQ(server.seen(), (std::vector<sight>{{333'333'333ns, "1"}, {1'333'333'333ns, "333"}}));
}

TEST(timing, a_receiver_sees_segments) {
  two_hosts hosts;
  hosts.net.set_usual(both_ways({.delay = 1ms, .segment = 3}));
  auto ends = hosts.connect();
  const observer server(hosts, *ends.server);
  const writer all(hosts, *ends.client, "12345678");
  hosts.time.run();
  // No two arrivals of one direction are at the same instant.
  EXPECT_EQ(server.seen(),
            (std::vector<sight>{{1ms, "123"}, {1ms + 1ns, "456"}, {1ms + 2ns, "78"}}));
}

TEST(timing, loss_is_delay_and_holds_up_what_comes_behind) {
  two_hosts hosts;
  hosts.net.set_usual({{.delay = 10ms, .loss = 1'000'000}, {.delay = 10ms}, {}});
  auto ends = hosts.connect();
  const observer server(hosts, *ends.server);
  const writer all(hosts, *ends.client, "late");
  ends.client->close();
  hosts.time.run();
  // One retransmission timeout of 200 ms and a round trip.
  EXPECT_EQ(server.seen(), (std::vector<sight>{{230ms, "late"}, {230ms + 1ns, "", error::eof}}));
}

TEST(timing, a_slow_close_delays_fin_alone) {
  two_hosts hosts;
  hosts.net.set_usual({{.delay = 10ms, .slow_close = 2s}, {}, {}});
  auto ends = hosts.connect();
  const observer server(hosts, *ends.server);
  const writer all(hosts, *ends.client, "bye");
  hosts.time.run([&] { return all.over(); }, {});
  ends.client->close();
  hosts.time.run();
  EXPECT_EQ(server.seen(), (std::vector<sight>{{10ms, "bye"}, {2s + 10ms, "", error::eof}}));
}

TEST(timing, a_slow_reader_with_a_small_buffer_stops_its_peer) {
  two_hosts hosts;
  network::link narrow = both_ways({.delay = 5ms});
  narrow.kept.receive = 1'000;
  hosts.net.set_usual(narrow);
  auto ends = hosts.connect();
  const writer all(hosts, *ends.server, std::string(300'000, 'x'));
  EXPECT_EQ(hosts.time.run(), world::outcome::idle) << "a blocked writer is no event";
  EXPECT_EQ(all.written(), 1'000U + 212'992U) << "the buffers of both ends";
  EXPECT_FALSE(all.over());
  const observer client(hosts, *ends.client);
  hosts.time.run();
  EXPECT_TRUE(all.over());
  EXPECT_EQ(client.octets().size(), 300'000U);
  // A thousand octets a round trip, the first of them are there.
  EXPECT_EQ(client.last().at, 299 * 10ms);
}

TEST(timing, octets_on_a_way_that_was_down_come_at_the_next_retransmission) {
  two_hosts hosts;
  hosts.net.set_usual(both_ways({.delay = 10ms}));
  auto ends = hosts.connect();
  const observer server(hosts, *ends.server);
  hosts.net.part("server", "client");
  const writer all(hosts, *ends.client, "early");
  hosts.run_for(1s);
  EXPECT_TRUE(server.seen().empty());
  hosts.net.heal("client", "server");
  const writer more(hosts, *ends.client, ", late");
  hosts.time.run();
  // Sent at 0, 0.2, 0.6 and 1.4 s.
  EXPECT_EQ(server.octets(), "early, late");
  EXPECT_EQ(server.seen().front().at, 1'410ms);
}

TEST(timing, whoever_writes_into_a_parted_network_gives_up_after_924_6_seconds) {
  two_hosts hosts;
  auto ends = hosts.connect();
  hosts.net.part("client", "server");
  const observer client(hosts, *ends.client);
  const observer server(hosts, *ends.server);
  const writer all(hosts, *ends.client, "lost");
  EXPECT_EQ(hosts.time.run(), world::outcome::idle) << "the server waits for ever";
  EXPECT_EQ(client.seen(), (std::vector<sight>{{924'600ms, "", error::timed_out}}));
  EXPECT_TRUE(server.seen().empty());
  const writer next(hosts, *ends.client, "x");
  hosts.time.run();
  EXPECT_EQ(next.error(), error::broken_pipe);
}

TEST(timing, a_reset_that_was_lost_comes_when_somebody_writes) {
  two_hosts hosts;
  hosts.net.set_usual(both_ways({.delay = 10ms}));
  auto ends = hosts.connect();
  hosts.net.part("client", "server");
  const observer client(hosts, *ends.client);
  ends.server->abort();
  EXPECT_EQ(hosts.run_for(1s), world::outcome::idle) << "RST is not sent again";
  hosts.net.heal("client", "server");
  hosts.run_for(1s);
  EXPECT_TRUE(client.seen().empty());
  const instant now = hosts.time.now();
  const writer question(hosts, *ends.client, "anybody there?");
  hosts.time.run();
  ASSERT_EQ(client.seen().size(), 1U);
  EXPECT_EQ(client.last().error, error::connection_reset);
  EXPECT_EQ(hosts.time.now() - now, 20ms);
}

}  // namespace
}  // namespace halley::simulation
