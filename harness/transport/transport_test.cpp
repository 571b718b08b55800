#include "transport/transport.hpp"

#include "clock/clock.hpp"
#include "transport/forwarding_transport.hpp"
#include "transport/runtime.hpp"
#include "transport/segmenting_transport.hpp"
#include "transport/tcp_runtime.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::transport {
namespace {

using namespace std::chrono_literals;
using made = std::unique_ptr<transport>;

struct pair_of_ends {
  made client;
  made server;
};

awaitable<pair_of_ends> connected(runtime& world) {
  error_code error;
  const endpoint any;
  const auto listening = world.listen(any, error);
  const endpoint where = listening->local();
  pair_of_ends ends;
  ends.client = co_await connect(world, where, error);
  ends.server = co_await accept(*listening, error);
  co_return ends;
}

/// Reads to the end. Returns: what came; `error` is the last one.
awaitable<std::string> drain(transport& from, error_code& error) {
  std::string all;
  std::string block(4096, '\0');
  for (;;) {
    const auto into = boost::asio::buffer(block);
    const std::size_t got = co_await read_some(from, into, error);
    all.append(block, 0, got);
    if (error) co_return all;
  }
}

template <typename Body>
void run(Body body) {
  boost::asio::io_context context;
  tcp_runtime world(context, 1);
  auto work = boost::asio::co_spawn(context, body(world), boost::asio::use_future);
  context.run_for(30s);
  ASSERT_EQ(work.wait_for(0s), std::future_status::ready) << "hung";
  work.get();
}

awaitable<void> half_close(tcp_runtime& world) {
  pair_of_ends ends = co_await connected(world);
  const std::string hello = "hello";
  error_code error;
  co_await write_all(*ends.client, boost::asio::buffer(hello), error);
  EXPECT_FALSE(error);
  ends.client->shutdown_send(error);
  std::string got = co_await drain(*ends.server, error);
  EXPECT_EQ(got, hello);
  EXPECT_EQ(error, boost::asio::error::eof);
  co_await write_all(*ends.server, boost::asio::buffer(hello), error);
  ends.server->close();
  got = co_await drain(*ends.client, error);
  EXPECT_EQ(got, hello);
  EXPECT_EQ(error, boost::asio::error::eof);
  EXPECT_EQ(ends.client->remote(), ends.server->local());
}

TEST(transport, a_half_closed_connection_still_reads) {
  run(half_close);
}

awaitable<void> reset(tcp_runtime& world) {
  pair_of_ends ends = co_await connected(world);
  ends.client->abort();
  error_code error;
  co_await drain(*ends.server, error);
  EXPECT_EQ(error, boost::asio::error::connection_reset);
}

TEST(transport, abort_is_seen_as_a_reset) {
  run(reset);
}

awaitable<void> refused(tcp_runtime& world) {
  error_code error;
  const endpoint any;
  auto listening = world.listen(any, error);
  const endpoint where = listening->local();
  listening.reset();
  const made none = co_await connect(world, where, error);
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(error, boost::asio::error::connection_refused);
}

TEST(transport, a_refused_connect_says_so) {
  run(refused);
}

/// Notes the size of each write that reaches the wire.
class counting_transport final : public forwarding_transport {
public:
  counting_transport(made lower, std::vector<std::size_t>& writes)
      : forwarding_transport(std::move(lower)), writes_(writes) {}
  void async_write_some(boost::asio::const_buffer from,
                        completion<error_code, std::size_t> handler) override {
    writes_.push_back(from.size());
    forwarding_transport::async_write_some(from, std::move(handler));
  }

private:
  std::vector<std::size_t>& writes_;
};

awaitable<void> segments(tcp_runtime& world) {
  pair_of_ends ends = co_await connected(world);
  std::vector<std::size_t> writes;
  segmenting_transport cutting(std::make_unique<counting_transport>(std::move(ends.client), writes),
                               world.time());
  cutting.cut({3, 2ms});
  const std::string text = "12345678";
  const instant before = world.time().now();
  error_code error;
  co_await write_all(cutting, boost::asio::buffer(text), error);
  EXPECT_GE(world.time().now() - before, 4ms);
  cutting.close();
  const std::string got = co_await drain(*ends.server, error);
  EXPECT_EQ(got, text);
  EXPECT_EQ(writes, (std::vector<std::size_t>{3, 3, 2}));
}

TEST(transport, the_segmenting_wrapper_cuts_and_waits) {
  run(segments);
}

TEST(transport, only_loopback_literals_are_loopback) {
  for (const auto* yes : {"127.0.0.1", "127.9.8.7", "::1"})
    EXPECT_TRUE(is_loopback(yes)) << yes;
  for (const auto* no : {"128.0.0.1", "0.0.0.0", "::2", "localhost", ""})
    EXPECT_FALSE(is_loopback(no)) << no;
  EXPECT_EQ(to_string(endpoint{"::1", 80}), "[::1]:80");
}

TEST(transport, random_streams_of_one_world_are_independent_and_repeatable) {
  boost::asio::io_context context;
  tcp_runtime one(context, 7);
  tcp_runtime two(context, 7);
  const auto first = one.random("mask");
  EXPECT_NE(first, one.random("key"));
  EXPECT_EQ(first, two.random("mask"));
}

}  // namespace
}  // namespace halley::transport
