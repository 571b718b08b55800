#include "transport/impaired_link.hpp"

#include "clock/clock.hpp"
#include "transport/network_test_support.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace halley::transport {
namespace {

using namespace std::chrono_literals;

/// What a scripted end has done and was told.
struct account {
  std::size_t to_send = 0;  ///< octets that it still has
  bool takes = true;        ///< what is written to it
  std::size_t sent = 0;
  std::vector<std::string> got;
  bool fin = false;
  bool closed = false;
  bool aborted = false;
};

/// An end in memory: sends so many octets and then nothing, takes what comes or does not.
class scripted_end final : public transport {
public:
  using handler = completion<error_code, std::size_t>;

  scripted_end(executor where, account& notes) : where_(std::move(where)), notes_(notes) {}

  executor get_executor() override { return where_; }

  void async_read_some(boost::asio::mutable_buffer into, handler who) override {
    const auto count = std::min(into.size(), notes_.to_send);
    if (count == 0) {
      reading_.emplace(std::move(who));
      return;
    }
    std::fill_n(static_cast<char*>(into.data()), count, 'x');
    notes_.to_send -= count;
    notes_.sent += count;
    finish(std::move(who), {}, count);
  }

  void async_write_some(boost::asio::const_buffer from, handler who) override {
    if (!notes_.takes) {
      writing_.emplace(std::move(who));
      return;
    }
    notes_.got.emplace_back(static_cast<const char*>(from.data()), from.size());
    finish(std::move(who), {}, from.size());
  }

  void shutdown_send(error_code& error) override {
    error.clear();
    notes_.fin = true;
  }
  void close() override {
    notes_.closed = true;
    cancel();
  }
  void abort() override {
    notes_.aborted = true;
    cancel();
  }
  void cancel() override {
    const error_code error = boost::asio::error::operation_aborted;
    for (auto* pending : {&reading_, &writing_}) {
      if (!*pending) continue;
      handler who(std::move(**pending));
      pending->reset();
      finish(std::move(who), error, 0);
    }
  }
  endpoint local() const override { return {}; }
  endpoint remote() const override { return {}; }

private:
  void finish(handler who, error_code error, std::size_t count) {
    boost::asio::post(
        where_, [who = std::move(who), error, count]() mutable { std::move(who)(error, count); });
  }

  executor where_;
  account& notes_;
  std::optional<handler> reading_;
  std::optional<handler> writing_;
};

/// A link between two scripted ends.
struct rig {
  explicit rig(const std::string& up, link_limits most = {}) {
    near.to_send = 100;
    on.up = path_of(up);
    limits = most;
  }

  void begin() {
    impaired_link::ends between{std::make_unique<scripted_end>(context.get_executor(), near),
                                std::make_unique<scripted_end>(context.get_executor(), far)};
    link.emplace(world, std::move(between), on, limits);
    work = boost::asio::co_spawn(context, link->run(), boost::asio::use_future);
  }
  bool over() { return work.wait_for(0s) == std::future_status::ready; }
  /// Runs until `far` has so many octets.
  void run_until_far_has(std::size_t count) {
    while (octets_of(far) < count && context.run_one_for(10s) != 0) {
    }
    EXPECT_EQ(octets_of(far), count);
  }
  static std::size_t octets_of(const account& one) {
    std::size_t count = 0;
    for (const auto& piece : one.got)
      count += piece.size();
    return count;
  }

  boost::asio::io_context context;
  tcp_runtime world{context, 1};
  account near;
  account far;
  impaired_link::paths on;
  link_limits limits;
  std::optional<impaired_link> link;
  std::future<void> work;
};

std::vector<std::size_t> sizes_of(const account& one) {
  std::vector<std::size_t> sizes;
  sizes.reserve(one.got.size());
  for (const auto& piece : one.got)
    sizes.push_back(piece.size());
  return sizes;
}

TEST(impaired_link, pieces_are_no_longer_than_the_segment) {
  rig one("segment=30,loss=100%");
  one.begin();
  one.run_until_far_has(100);
  EXPECT_EQ(sizes_of(one.far), (std::vector<std::size_t>{30, 30, 30, 10}));
}

TEST(impaired_link, a_rate_makes_octets_trickle) {
  rig one("rate=1000/s");
  one.begin();
  const auto before = one.world.time().now();
  one.run_until_far_has(100);
  EXPECT_GE(one.world.time().now() - before, 100ms);
  EXPECT_EQ(one.far.got.front().size(), 20U) << "a fiftieth of a second on the line";
}

TEST(impaired_link, a_cut_parts_the_piece_that_it_comes_in) {
  rig one("segment=30,hold-after=40/1ms");
  one.begin();
  one.run_until_far_has(100);
  EXPECT_EQ(sizes_of(one.far), (std::vector<std::size_t>{30, 10, 20, 30, 10}));
}

TEST(impaired_link, a_receiver_that_takes_nothing_stops_the_sender) {
  for (const auto& [limits, most] : {std::pair{link_limits{50'000, 100, 1s}, std::size_t{66'384}},
                                     std::pair{link_limits{50'000, 7, 1s}, std::size_t{240}}}) {
    rig one("segment=30", limits);
    one.near.to_send = 1'000'000;
    one.far.takes = false;
    one.begin();
    one.context.poll();
    EXPECT_GT(one.near.sent, 0U);
    EXPECT_LE(one.near.sent, most);
    EXPECT_FALSE(one.over());
    one.link->stop();
    one.context.poll();
    EXPECT_TRUE(one.over());
    EXPECT_TRUE(one.near.aborted);
    EXPECT_TRUE(one.far.aborted);
  }
}

TEST(impaired_link, a_vanished_connection_is_kept_only_so_long) {
  rig one("vanish-after=0", link_limits{1000, 100, 20ms});
  one.begin();
  const auto before = one.world.time().now();
  while (!one.over() && one.context.run_one_for(10s) != 0) {
  }
  EXPECT_TRUE(one.over());
  EXPECT_GE(one.world.time().now() - before, 20ms);
  EXPECT_TRUE(one.far.got.empty());
  EXPECT_LE(one.near.sent, 1000U);
}

}  // namespace
}  // namespace halley::transport
