#include "capture/recording.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "transport/runtime.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::capture {
namespace {

using namespace std::chrono_literals;
using halley::transport::endpoint;
using halley::transport::read_some;
using halley::transport::tcp_runtime;
using halley::transport::write_all;
using any_transport = halley::transport::transport;
using lines = std::vector<std::string>;

class note_taker final : public octet_observer {
public:
  lines notes;
  std::vector<instant> times;

  void sent(octet_view data, instant when) override { note("sent " + octets(data), when); }
  void received(octet_view data, instant when) override { note("received " + octets(data), when); }
  void fin_sent(instant when) override { note("fin sent", when); }
  void fin_received(instant when) override { note("fin received", when); }
  void rst_sent(instant when) override { note("rst sent", when); }
  void rst_received(instant when) override { note("rst received", when); }
  void failed(error_code error, instant when) override { note("failed: " + error.message(), when); }

private:
  void note(std::string text, instant when) {
    notes.push_back(std::move(text));
    times.push_back(when);
  }
};

class set_clock final : public clock::clock {
public:
  instant time{0};
  instant now() const override { return time; }
  std::unique_ptr<halley::clock::timer> make_timer() override { return nullptr; }
};

/// A transport whose operations end as the test says: each takes the next line of its script.
class scripted_transport final : public any_transport {
public:
  struct step {
    error_code error;
    octets data;            ///< read
    std::size_t count = 0;  ///< written
  };

  scripted_transport(boost::asio::io_context& context, std::vector<step> script)
      : context_(context), script_(std::move(script)) {}

  executor get_executor() override { return context_.get_executor(); }
  void async_read_some(boost::asio::mutable_buffer into,
                       completion<error_code, std::size_t> handler) override {
    const step now = next();
    boost::asio::buffer_copy(into, boost::asio::buffer(now.data));
    end(now.error, now.data.size(), std::move(handler));
  }
  void async_write_some(boost::asio::const_buffer /*from*/,
                        completion<error_code, std::size_t> handler) override {
    const step now = next();
    end(now.error, now.count, std::move(handler));
  }
  void shutdown_send(error_code& error) override { error = next().error; }
  void close() override {}
  void abort() override {}
  void cancel() override {}
  endpoint local() const override { return {.address = "127.0.0.1", .port = 1}; }
  endpoint remote() const override { return {.address = "127.0.0.1", .port = 2}; }

private:
  step next() {
    const step now = script_.front();
    script_.erase(script_.begin());
    return now;
  }
  void end(error_code error, std::size_t count, completion<error_code, std::size_t> handler) {
    boost::asio::post(context_, [error, count, handler = std::move(handler)]() mutable {
      std::move(handler)(error, count);
    });
  }

  boost::asio::io_context& context_;
  std::vector<step> script_;
};

class recording : public testing::Test {
protected:
  using step = scripted_transport::step;

  void play(std::vector<step> script) {
    one = std::make_unique<recording_transport>(
        std::make_unique<scripted_transport>(context, std::move(script)), seen, time);
  }
  void read() {
    one->async_read_some(boost::asio::buffer(block), [](error_code, std::size_t) {});
    run();
  }
  void write() {
    one->async_write_some(boost::asio::buffer(text), [](error_code, std::size_t) {});
    run();
  }
  void run() {
    context.restart();
    context.run();
  }

  boost::asio::io_context context;
  note_taker seen;
  set_clock time;
  octets block = octets(16, '\0');
  octets text = "hello";
  std::unique_ptr<recording_transport> one;
};

TEST_F(recording, octets_are_told_as_they_were_moved_and_when) {
  play({{{}, {}, 3}, {{}, "abc", 0}, {boost::asio::error::eof, {}, 0}, {}});
  time.time = 1ms;
  write();
  time.time = 2ms;
  read();
  time.time = 3ms;
  read();
  time.time = 4ms;
  error_code error;
  one->shutdown_send(error);
  one->close();
  EXPECT_EQ(seen.notes, (lines{"sent hel", "received abc", "fin received", "fin sent"}));
  EXPECT_EQ(seen.times, (std::vector<instant>{1ms, 2ms, 3ms, 4ms}));
}

TEST_F(recording, each_way_to_fail_is_told_once_and_under_its_name) {
  const error_code reset = boost::asio::error::connection_reset;
  const error_code broken = boost::asio::error::broken_pipe;
  const error_code timed_out = boost::asio::error::timed_out;
  const std::vector<std::pair<error_code, std::string>> rows = {
      {reset, "rst received"},
      {broken, "rst received"},
      {timed_out, "failed: " + timed_out.message()},
  };
  for (const auto& [error, note] : rows) {
    seen.notes.clear();
    play({{error, {}, 0}, {error, {}, 0}});
    write();
    write();
    one->close();
    EXPECT_EQ(seen.notes, lines{note});
  }
}

TEST_F(recording, octets_that_came_before_a_reset_are_told_before_it_though_a_write_met_it_first) {
  const error_code reset = boost::asio::error::connection_reset;
  play({{reset, {}, 0}, {{}, "Close", 0}, {boost::asio::error::eof, {}, 0}});
  write();
  read();
  read();
  EXPECT_EQ(seen.notes, (lines{"received Close", "rst received"}));
}

TEST_F(recording, a_broken_pipe_behind_our_own_fin_is_not_the_peers_doing) {
  const error_code broken = boost::asio::error::broken_pipe;
  play({{}, {broken, {}, 0}});
  error_code error;
  one->shutdown_send(error);
  write();
  EXPECT_EQ(seen.notes, (lines{"fin sent", "failed: " + broken.message()}));
}

TEST_F(recording, a_fin_that_could_not_be_sent_is_not_told) {
  play({{boost::asio::error::not_connected, {}, 0}});
  error_code error;
  one->shutdown_send(error);
  EXPECT_EQ(error, boost::asio::error::not_connected);
  EXPECT_EQ(seen.notes, lines{});
}

TEST_F(recording, a_cancelled_operation_is_no_end) {
  play({{boost::asio::error::operation_aborted, {}, 0}, {{}, "x", 0}});
  read();
  read();
  EXPECT_EQ(seen.notes, lines{"received x"});
}

TEST_F(recording, an_abort_is_told_and_is_the_end) {
  play({});
  one->abort();
  one->abort();
  one->close();
  EXPECT_EQ(seen.notes, lines{"rst sent"});
}

TEST_F(recording, what_ends_after_the_transport_is_told_to_nobody) {
  play({{{}, "x", 0}});
  std::size_t count = 0;
  one->async_read_some(boost::asio::buffer(block),
                       [&](error_code, std::size_t got) { count = got; });
  one.reset();
  run();
  EXPECT_EQ(count, 1);
  EXPECT_EQ(seen.notes, lines{});
}

TEST_F(recording, an_answer_is_told_behind_the_write_that_ended_before_it_was_read) {
  play({{{}, "answer", 0}, {{}, "", text.size()}});
  one->async_read_some(boost::asio::buffer(block), [](error_code, std::size_t) {});
  one->async_write_some(boost::asio::buffer(text), [](error_code, std::size_t) {});
  run();
  EXPECT_EQ(seen.notes, (lines{"sent " + text, "received answer"}));
}

struct both_ends {
  std::unique_ptr<any_transport> client;
  std::unique_ptr<any_transport> server;
};

awaitable<both_ends> connected(tcp_runtime& world) {
  error_code error;
  const endpoint any;
  const auto listening = world.listen(any, error);
  const endpoint where = listening->local();
  both_ends ends;
  ends.client = co_await connect(world, where, error);
  ends.server = co_await accept(*listening, error);
  co_return ends;
}

awaitable<void> talk(tcp_runtime& world, note_taker& seen) {
  both_ends ends = co_await connected(world);
  recording_transport one(std::move(ends.client), seen, world.time());
  EXPECT_EQ(one.remote(), ends.server->local());
  const std::string text = "ping";
  error_code error;
  co_await write_all(one, boost::asio::buffer(text), error);
  std::string block(100, '\0');
  const auto into = boost::asio::buffer(block);
  co_await read_some(*ends.server, into, error);
  co_await write_all(*ends.server, boost::asio::buffer(text), error);
  co_await read_some(one, into, error);
  ends.server->abort();
  co_await read_some(one, into, error);
  EXPECT_EQ(error, boost::asio::error::connection_reset);
}

/// A read of a silent peer, given up: the cancellation must reach the socket below.
awaitable<void> give_up(tcp_runtime& world, note_taker& seen) {
  using boost::asio::experimental::awaitable_operators::operator||;
  both_ends ends = co_await connected(world);
  recording_transport one(std::move(ends.client), seen, world.time());
  std::string block(100, '\0');
  const auto into = boost::asio::buffer(block);
  error_code error;
  auto reading = read_some(one, into, error);
  auto waiting = clock::sleep_for(world.time(), 1ms);
  auto race = std::move(reading) || std::move(waiting);
  co_await std::move(race);
  EXPECT_EQ(error, boost::asio::error::operation_aborted);
  one.close();
}

void on_loopback(const std::function<awaitable<void>(tcp_runtime&)>& body) {
  boost::asio::io_context context;
  tcp_runtime world(context);
  auto work = boost::asio::co_spawn(context, body(world), boost::asio::use_future);
  context.run_for(30s);
  ASSERT_EQ(work.wait_for(0s), std::future_status::ready) << "hung";
  work.get();
}

TEST(recording_on_loopback, a_real_connection_is_told_to_its_reset) {
  note_taker seen;
  on_loopback([&seen](tcp_runtime& world) { return talk(world, seen); });
  EXPECT_EQ(seen.notes, (lines{"sent ping", "received ping", "rst received"}));
}

TEST(recording_on_loopback, cancellation_reaches_the_transport_below) {
  note_taker seen;
  on_loopback([&seen](tcp_runtime& world) { return give_up(world, seen); });
  EXPECT_EQ(seen.notes, lines{"fin sent"});
}

}  // namespace
}  // namespace halley::capture
