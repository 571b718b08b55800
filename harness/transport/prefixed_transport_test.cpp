#include "transport/prefixed_transport.hpp"

#include "clock/clock.hpp"
#include "transport/network_test_support.hpp"
#include "transport/runtime.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace halley::transport {
namespace {

TEST(prefixed_transport, gives_what_was_read_before_and_then_what_comes_to_the_end) {
  run([](tcp_runtime& world) -> awaitable<void> {
    error_code error;
    const auto listening = world.listen({}, error);
    const auto where = listening->local();
    const made client = co_await connect(world, where, error);
    made accepted = co_await accept(*listening, error);
    EXPECT_EQ(accepted->remote(), client->local());
    co_await say(*client, "GET / HTTP/1.1\r\n");
    std::string head = co_await hear(*accepted, 16, error);
    prefixed_transport prefixed(std::move(accepted), std::move(head));
    EXPECT_EQ(prefixed.remote(), client->local());

    co_await say(*client, "more");
    std::string got = co_await hear(prefixed, 3, error);
    EXPECT_EQ(got, "GET");
    got = co_await hear(prefixed, 17, error);
    EXPECT_EQ(got, " / HTTP/1.1\r\nmore");
    co_await say(prefixed, "answer");
    got = co_await hear(*client, 6, error);
    EXPECT_EQ(got, "answer");
    client->close();
    got = co_await hear_all(prefixed, error);
    EXPECT_EQ(got, "");
    EXPECT_EQ(error, boost::asio::error::eof);
  });
}

}  // namespace
}  // namespace halley::transport
