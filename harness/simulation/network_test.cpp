#include "simulation/network.hpp"

#include "clock/clock.hpp"
#include "simulation/simulated_runtime.hpp"
#include "simulation/world.hpp"
#include "transport/path.hpp"
#include "transport/runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>

namespace halley::simulation {
namespace {

using namespace std::chrono_literals;

/// A world with a client and a server host.
struct two_hosts {
  world time{{.seed = 1}};
  network net{time};
  simulated_runtime client{net, "client"};
  simulated_runtime server{net, "server"};

  template <typename Body>
  world::outcome play(Body body) {
    bool over = false;
    std::exception_ptr failed;
    boost::asio::co_spawn(time.get_executor(), body(), [&](const std::exception_ptr& error) {
      failed = error;
      over = true;
    });
    const auto outcome = time.run([&] { return over; }, world::limits{});
    if (failed) std::rethrow_exception(failed);
    return outcome;
  }
};

TEST(network, an_echo_over_50_ms_takes_200_ms_from_the_first_syn) {
  two_hosts hosts;
  network::link slow;
  slow.up.delay = slow.down.delay = 50ms;
  hosts.net.set_usual(slow);
  error_code failed;
  const auto listening = hosts.server.listen({}, failed);
  ASSERT_FALSE(failed);
  instant accepted_at{0};
  auto serve = [&]() -> awaitable<void> {
    error_code error;
    const std::unique_ptr<transport::transport> one = co_await transport::accept(*listening, error);
    accepted_at = hosts.time.now();
    std::string block(100, '\0');
    const auto into = boost::asio::buffer(block);
    const std::size_t got = co_await transport::read_some(*one, into, error);
    const auto back = boost::asio::buffer(block.data(), got);
    co_await transport::write_all(*one, back, error);
    co_await transport::read_some(*one, into, error);
    EXPECT_EQ(error, boost::asio::error::eof);
  };
  bool served = false;
  boost::asio::co_spawn(hosts.time.get_executor(), serve(),
                        [&](const std::exception_ptr&) { served = true; });
  auto talk = [&]() -> awaitable<void> {
    error_code error;
    const auto where = listening->local();
    const std::unique_ptr<transport::transport> one =
        co_await transport::connect(hosts.client, where, error);
    EXPECT_EQ(hosts.time.now(), 100ms);
    const auto text = boost::asio::buffer("hello", 5);
    co_await transport::write_all(*one, text, error);
    std::string block(100, '\0');
    const auto into = boost::asio::buffer(block);
    const std::size_t got = co_await transport::read_some(*one, into, error);
    EXPECT_EQ(block.substr(0, got), "hello");
    EXPECT_LT(hosts.time.now() - 200ms, 1us);
    one->close();
  };
  EXPECT_EQ(hosts.play(talk), world::outcome::done);
  EXPECT_EQ(accepted_at, 150ms);
  EXPECT_EQ(hosts.time.run(), world::outcome::idle);
  EXPECT_TRUE(served);
}

}  // namespace
}  // namespace halley::simulation
