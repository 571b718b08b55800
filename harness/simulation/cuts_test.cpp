#include "clock/clock.hpp"
#include "simulation/network.hpp"
#include "simulation/two_hosts.hpp"
#include "simulation/world.hpp"
#include "transport/path.hpp"
#include "transport/transport.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

// Connections that end before their time, at an exact octet, each way.
namespace halley::simulation {
namespace {

using namespace std::chrono_literals;
using transport::cut;
using transport::way;
namespace error = boost::asio::error;

const std::string text = "0123456789";

using choice = std::tuple<way, std::uint64_t>;

/// A connection with 10 ms each way whose octets are cut one way; the sender sends ten of them.
class cuts : public testing::TestWithParam<choice> {
protected:
  void play(cut::kind what) {
    const auto [direction, after] = GetParam();
    network::link link{{.delay = 10ms}, {.delay = 10ms}, {}};
    auto& path = direction == way::up ? link.up : link.down;
    path.ends = cut{what, after, 5s};
    hosts.net.set_usual(link);
    ends = hosts.connect();
    const bool up = direction == way::up;
    from = up ? ends.client.get() : ends.server.get();
    to = up ? ends.server.get() : ends.client.get();
  }

  /// What passes, as the receiver sees it.
  static std::string passed() { return text.substr(0, std::get<1>(GetParam())); }
  static bool at_once() { return std::get<1>(GetParam()) == 0; }

  two_hosts hosts;
  pair_of_ends ends;
  transport::transport* from = nullptr;
  transport::transport* to = nullptr;
};

TEST_P(cuts, fin_ends_one_way_and_leaves_the_other) {
  play(cut::kind::fin);
  const observer receiver(hosts, *to);
  const observer sender(hosts, *from);
  const writer all(hosts, *from, text);
  hosts.time.run();
  EXPECT_EQ(receiver.octets(), passed());
  EXPECT_EQ(receiver.last().error, error::eof);
  EXPECT_LE(receiver.last().at, 10ms + 1ns);
  EXPECT_TRUE(sender.seen().empty());
  const writer more(hosts, *from, std::string(1'000'000, 'x'));
  const writer back(hosts, *to, "still here");
  EXPECT_EQ(hosts.time.run(), world::outcome::idle);
  EXPECT_TRUE(more.over()) << "it takes for delivered what is lost";
  EXPECT_FALSE(more.error());
  EXPECT_EQ(sender.octets(), "still here");
  to->close();
  hosts.time.run();
  EXPECT_EQ(sender.last().error, error::eof);
}

TEST_P(cuts, reset_is_seen_by_both) {
  play(cut::kind::reset);
  const observer receiver(hosts, *to);
  const observer sender(hosts, *from);
  const writer all(hosts, *from, text);
  EXPECT_EQ(hosts.time.run(), world::outcome::idle);
  EXPECT_EQ(receiver.octets(), passed());
  EXPECT_EQ(receiver.last().error, error::connection_reset);
  EXPECT_LE(receiver.last().at, 10ms + 1ns);
  ASSERT_FALSE(sender.seen().empty());
  EXPECT_EQ(sender.last().error, error::connection_reset);
  EXPECT_LE(sender.last().at, 10ms + 1ns);
}

TEST_P(cuts, hold_delays_the_rest) {
  play(cut::kind::hold);
  const auto begun = hosts.time.now();
  const observer receiver(hosts, *to);
  const writer all(hosts, *from, text);
  error_code failed;
  from->shutdown_send(failed);
  hosts.time.run();
  EXPECT_EQ(receiver.octets(), text);
  // The hold begins when the last octet that passes is sent; after none, when the connection
  // stands: 20 ms after the first SYN.
  const auto until = at_once() ? 5'020ms - begun : 5s;
  const auto rest = until + 10ms;
  std::vector<sight> expected;
  if (!at_once()) expected.push_back({10ms, passed()});
  if (passed() != text) expected.push_back({rest, text.substr(passed().size())});
  expected.push_back({passed() == text ? rest : rest + 1ns, "", error::eof});
  EXPECT_EQ(receiver.seen(), expected);
}

TEST_P(cuts, vanish_tells_nobody_but_who_writes_in_vain) {
  play(cut::kind::vanish);
  const observer receiver(hosts, *to);
  const observer sender(hosts, *from);
  const writer all(hosts, *from, text);
  EXPECT_EQ(hosts.time.run(), world::outcome::idle) << "the receiver waits for ever";
  EXPECT_EQ(receiver.octets(), passed());
  if (passed() == text) {
    EXPECT_TRUE(sender.seen().empty()) << "nothing of its own is missing";
    const writer more(hosts, *from, "x");
    hosts.time.run();
    EXPECT_EQ(sender.last().error, error::timed_out);
  } else {
    // 200 ms, doubled up to 120 s, 15 times: tcp_retries2.
    EXPECT_EQ(sender.seen(), (std::vector<sight>{{924'600ms, "", error::timed_out}}));
  }
  for (const auto& one : receiver.seen())
    EXPECT_FALSE(one.error);
  // The other way is gone as well.
  const instant now = hosts.time.now();
  const writer back(hosts, *to, "hello?");
  hosts.time.run();
  EXPECT_EQ(receiver.last().error, error::timed_out);
  EXPECT_EQ(hosts.time.now() - now, 924'600ms);
}

INSTANTIATE_TEST_SUITE_P(each_way,
                         cuts,
                         testing::Combine(testing::Values(way::up, way::down),
                                          testing::Values(0U, 1U, 5U, 10U)),
                         [](const auto& one) {
                           return std::string(std::get<0>(one.param) == way::up ? "up" : "down") +
                                  "_after_" + std::to_string(std::get<1>(one.param));
                         });

TEST(vanishing, a_reader_that_makes_room_is_not_timed_out) {
  two_hosts hosts;
  network::link link;
  link.up.ends = cut{cut::kind::vanish, 200'000, {}};
  hosts.net.set_usual(link);
  auto ends = hosts.connect();
  const writer all(hosts, *ends.client, std::string(200'000, 'x'));
  hosts.time.run();
  const observer server(hosts, *ends.server);
  EXPECT_EQ(hosts.time.run(), world::outcome::idle);
  EXPECT_EQ(server.octets().size(), 200'000U);
  EXPECT_FALSE(server.last().error) << "a lost window update is not sent again";
}

TEST(vanishing, a_writer_without_window_gives_up_like_any_other) {
  two_hosts hosts;
  network::link link;
  link.up.ends = cut{cut::kind::vanish, 1, {}};
  hosts.net.set_usual(link);
  auto ends = hosts.connect();
  const writer all(hosts, *ends.server, std::string(1'000'000, 'x'));
  hosts.time.run();
  ASSERT_FALSE(all.over());
  const instant now = hosts.time.now();
  const writer last(hosts, *ends.client, "x");
  hosts.time.run();
  EXPECT_EQ(all.error(), error::timed_out);
  EXPECT_EQ(hosts.time.now() - now, 924'600ms);
}

TEST(vanishing, what_is_lost_still_fills_the_window) {
  two_hosts hosts;
  network::link link;
  link.up.ends = cut{cut::kind::vanish, 0, {}};
  hosts.net.set_usual(link);
  auto ends = hosts.connect();
  const writer all(hosts, *ends.client, std::string(1'000'000, 'x'));
  hosts.run_for(60s);
  EXPECT_FALSE(all.over());
  EXPECT_EQ(all.written(), 2U * 212'992U);
}

}  // namespace
}  // namespace halley::simulation
