#include "clock/clock.hpp"
#include "simulation/network.hpp"
#include "simulation/two_hosts.hpp"
#include "simulation/world.hpp"
#include "transport/path.hpp"
#include "transport/transport.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// How connections come about, or not, and when that is known.
namespace halley::simulation {
namespace {

using namespace std::chrono_literals;
using transport::rule;
using transport::way;
namespace error = boost::asio::error;

/// One connect() of the client.
class attempt {
public:
  explicit attempt(two_hosts& in) : attempt(in, in.listening->local()) {}
  attempt(two_hosts& in, const transport::endpoint& where) {
    auto handler = [this, &in, start = in.time.now()](error_code failed, made one) {
      ended_ = failed;
      took_ = in.time.now() - start;
      socket_ = std::move(one);
    };
    in.client.async_connect(where,
                            boost::asio::bind_cancellation_slot(stop_.slot(), std::move(handler)));
  }
  attempt(const attempt&) = delete;
  attempt& operator=(const attempt&) = delete;

  void cancel() { stop_.emit(boost::asio::cancellation_type::terminal); }
  bool over() const { return ended_.has_value(); }
  error_code result() const { return ended_.value(); }
  duration took() const { return took_; }
  transport::transport& socket() { return *socket_; }
  void close() { socket_.reset(); }

private:
  boost::asio::cancellation_signal stop_;
  std::optional<error_code> ended_;
  duration took_{0};
  made socket_;
};

/// One accept() of the server.
class acceptance {
public:
  explicit acceptance(two_hosts& in) : start_(in.time.now()) {
    in.listening->async_accept([this, &in](error_code failed, made one) {
      ended_ = failed;
      took_ = in.time.now() - start_;
      socket_ = std::move(one);
    });
  }
  acceptance(const acceptance&) = delete;
  acceptance& operator=(const acceptance&) = delete;

  bool over() const { return ended_.has_value(); }
  duration took() const { return took_; }
  transport::transport& socket() { return *socket_; }

private:
  instant start_;
  std::optional<error_code> ended_;
  duration took_{0};
  made socket_;
};

network::link both_ways(duration delay) {
  return {{.delay = delay}, {.delay = delay}, {}};
}

TEST(connecting, an_attempt_that_is_dropped_gives_up_after_127_seconds) {
  two_hosts hosts;
  hosts.net.set_usual(both_ways(50ms));
  hosts.net.set_rules({{.what = rule::kind::drop}});
  const attempt one(hosts);
  EXPECT_EQ(hosts.time.run(), world::outcome::idle);
  EXPECT_EQ(one.result(), error::timed_out);
  EXPECT_EQ(one.took(), 127s) << "tcp_syn_retries: 1 + 2 + 4 + ... + 64 s";
}

TEST(connecting, a_client_stands_after_two_ways_and_its_server_after_three) {
  two_hosts hosts;
  hosts.net.set_usual(both_ways(50ms));
  instant accepted{-1};
  hosts.listening->async_accept([&](error_code failed, const made& one) {
    EXPECT_FALSE(failed);
    EXPECT_TRUE(one);
    accepted = hosts.time.now();
  });
  const attempt one(hosts);
  hosts.time.run();
  EXPECT_FALSE(one.result());
  EXPECT_EQ(one.took(), 100ms);
  EXPECT_EQ(accepted, 150ms);
}

TEST(connecting, a_refusal_takes_a_round_trip) {
  two_hosts hosts;
  network::link uneven = both_ways(50ms);
  uneven.down.delay = 7ms;
  hosts.net.set_usual(uneven);
  const attempt nobody(hosts, {"127.0.0.1", 1});
  hosts.net.set_rules({{.what = rule::kind::refuse}});
  const attempt by_rule(hosts);
  hosts.time.run();
  EXPECT_EQ(nobody.result(), error::connection_refused);
  EXPECT_EQ(nobody.took(), 57ms);
  EXPECT_EQ(by_rule.result(), error::connection_refused);
  EXPECT_EQ(by_rule.took(), 57ms);
}

TEST(connecting, a_parted_host_is_reached_at_the_next_syn) {
  two_hosts hosts;
  hosts.net.set_usual(both_ways(10ms));
  hosts.net.part("client", "server");
  const attempt one(hosts);
  hosts.run_for(2s);
  hosts.net.heal("client", "server");
  hosts.time.run([&] { return one.over(); }, {});
  EXPECT_FALSE(one.result());
  EXPECT_EQ(one.took(), 3s + 20ms) << "sent at 0, 1 and 3 s";
}

TEST(connecting, a_parted_host_is_given_up_like_any_other) {
  two_hosts hosts;
  hosts.net.part("client", "server");
  const attempt one(hosts);
  hosts.time.run();
  EXPECT_EQ(one.result(), error::timed_out);
  EXPECT_EQ(one.took(), 127s);
}

TEST(connecting, a_full_backlog_does_not_answer) {
  two_hosts hosts({.seed = 1}, 1);
  hosts.net.set_usual(both_ways(10ms));
  attempt first(hosts);
  attempt second(hosts);
  hosts.run_for(1'500ms);
  EXPECT_TRUE(first.over());
  EXPECT_FALSE(second.over()) << "its SYN at 1 s was not answered either";
  const acceptance one(hosts);
  hosts.time.run();
  EXPECT_TRUE(one.over());
  EXPECT_FALSE(second.result());
  EXPECT_EQ(second.took(), 3s + 20ms);
}

TEST(connecting, a_client_that_closed_still_has_its_place_in_the_backlog) {
  two_hosts hosts({.seed = 1}, 1);
  attempt first(hosts);
  hosts.time.run();
  first.close();
  const attempt second(hosts);
  hosts.run_for(2s);
  EXPECT_FALSE(second.over());
  acceptance one(hosts);
  hosts.time.run();
  ASSERT_TRUE(one.over());
  EXPECT_EQ(second.took(), 3s);
  const observer server(hosts, one.socket());
  hosts.time.run();
  EXPECT_EQ(server.last().error, error::eof);
}

TEST(connecting, a_client_that_gave_up_leaves_its_place_in_the_backlog) {
  two_hosts hosts({.seed = 1}, 1);
  hosts.net.set_usual(both_ways(10ms));
  attempt first(hosts);
  hosts.run_for(15ms);
  first.cancel();  // while the answer is on its way
  hosts.run_for(1ms);
  EXPECT_EQ(first.result(), error::operation_aborted);
  const acceptance one(hosts);
  const attempt second(hosts);
  hosts.time.run();
  EXPECT_FALSE(second.result());
  EXPECT_EQ(second.took(), 20ms);
  EXPECT_TRUE(one.over());
}

TEST(connecting, a_cancelled_attempt_is_told_at_once_and_moves_no_clock) {
  for (const duration after : {0ms, 5ms, 15ms}) {
    two_hosts hosts;
    hosts.net.set_usual(both_ways(10ms));
    attempt one(hosts);
    hosts.run_for(after);
    one.cancel();
    EXPECT_EQ(hosts.time.run(), world::outcome::idle);
    EXPECT_EQ(one.result(), error::operation_aborted);
    EXPECT_EQ(hosts.time.now(), after);
  }
}

TEST(connecting, a_handshake_that_is_never_finished_frees_its_place) {
  two_hosts hosts({.seed = 1}, 1);
  hosts.net.set_usual(both_ways(10ms));
  attempt first(hosts);
  hosts.run_for(15ms);
  hosts.net.part("client", "server");  // the last ACK of the handshake does not come through
  hosts.time.run([&] { return first.over(); }, {});
  EXPECT_FALSE(first.result());
  first.socket().abort();
  hosts.time.run();
  hosts.net.heal("client", "server");
  const acceptance one(hosts);
  attempt second(hosts);
  hosts.time.run();
  EXPECT_EQ(second.took(), 20ms);
  EXPECT_TRUE(one.over());
}

TEST(connecting, the_first_rule_that_names_a_direction_decides) {
  two_hosts hosts;
  hosts.net.set_usual(both_ways(1ms));
  hosts.net.set_rules({
      {.what = rule::kind::pass, .first = 1, .last = 1},
      {.what = rule::kind::impair, .direction = way::up, .last = 2, .on = {.delay = 100ms}},
      {.what = rule::kind::refuse, .first = 3, .last = 3},
      {.what = rule::kind::impair, .on = {.delay = 10ms}},
  });
  const attempt usual(hosts);
  const attempt slow_up(hosts);
  const attempt refused(hosts);
  const attempt slow(hosts);
  hosts.time.run();
  EXPECT_EQ(usual.took(), 2ms) << "what is let pass meets the usual link";
  EXPECT_EQ(slow_up.took(), 110ms) << "up by the second rule, down by the fourth";
  EXPECT_EQ(refused.result(), error::connection_refused);
  EXPECT_EQ(refused.took(), 2ms);
  EXPECT_EQ(slow.took(), 20ms);
}

TEST(connecting, rules_are_for_connections_that_are_begun_later) {
  two_hosts hosts;
  const attempt before(hosts);
  hosts.net.set_rules({{.what = rule::kind::refuse}});
  const attempt after(hosts);
  hosts.time.run();
  EXPECT_FALSE(before.result());
  EXPECT_EQ(after.result(), error::connection_refused);
}

}  // namespace
}  // namespace halley::simulation
