#include "engine/service_port.hpp"

#include "clock/clock.hpp"
#include "transport/tcp_runtime.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>

namespace halley::engine {
namespace {

TEST(service_port, is_held_and_then_free) {
  boost::asio::io_context context{1};
  transport::tcp_runtime world(context, 1);
  error_code error;
  auto held = hold_service_port(world, error);
  ASSERT_TRUE(held) << error.message();
  const auto where = held->local();
  EXPECT_EQ(where.address, "127.0.0.1");
  EXPECT_FALSE(world.listen(where, error)) << "it is held";
  held.reset();
  EXPECT_TRUE(world.listen(where, error)) << error.message();
}

TEST(service_port, is_none_that_an_outgoing_connection_may_get) {
  unsigned low = 0;
  unsigned high = 0;
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  ASSERT_TRUE(file >> low >> high);
  const bool has_room = low >= 12'000 || high <= 63'535;
  boost::asio::io_context context{1};
  transport::tcp_runtime world(context, 1);
  for (int i = 0; i < 20; ++i) {
    error_code error;
    const auto held = hold_service_port(world, error);
    ASSERT_TRUE(held) << error.message();
    const unsigned port = held->local().port;
    EXPECT_EQ(port < low || port > high, has_room) << port;
  }
}

}  // namespace
}  // namespace halley::engine
