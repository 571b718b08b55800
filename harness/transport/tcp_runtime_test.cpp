#include "transport/tcp_runtime.hpp"

#include "transport/descriptor_limit.hpp"
#include "transport/transport.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>

namespace halley::transport {
namespace {

awaitable<std::string> address_seen(tcp_runtime& world) {
  error_code error;
  const endpoint any;
  const auto listening = world.listen(any, error);
  const endpoint where = listening->local();
  const auto connection = co_await connect(world, where, error);
  const auto accepted = co_await accept(*listening, error);
  co_return error ? error.message() : accepted->remote().address;
}

TEST(tcp_runtime, connects_from_the_address_it_was_told) {
  boost::asio::io_context context;
  tcp_runtime world(context);
  for (const std::string from : {"127.0.0.1", "127.0.0.2", "127.0.0.77"}) {
    world.connect_from(from);
    auto seen = boost::asio::co_spawn(context, address_seen(world), boost::asio::use_future);
    context.restart();
    context.run_for(std::chrono::seconds(10));
    ASSERT_EQ(seen.wait_for(std::chrono::seconds(0)), std::future_status::ready);
    EXPECT_EQ(seen.get(), from);
  }
}

TEST(tcp_runtime, says_which_address_cannot_be_connected_from) {
  boost::asio::io_context context;
  tcp_runtime world(context);
  world.connect_from("192.0.2.1");  // RFC 5737: nobody has it
  error_code error;
  const auto connecting = [&]() -> awaitable<void> {
    const endpoint where{"127.0.0.1", 1};
    const auto made = co_await connect(world, where, error);
    EXPECT_EQ(made, nullptr);
  };
  boost::asio::co_spawn(context, connecting(), boost::asio::use_future);
  context.run_for(std::chrono::seconds(10));
  EXPECT_TRUE(error);
}

TEST(descriptor_limit, is_only_ever_raised) {
  const auto before = want_descriptors(0);
  EXPECT_GT(before, 0U);
  EXPECT_GE(want_descriptors(before + 1), before);
  EXPECT_GE(want_descriptors(1), before);
}

}  // namespace
}  // namespace halley::transport
