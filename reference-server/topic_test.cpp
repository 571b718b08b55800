#include "reference-server/topic.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/steady_clock.hpp"
#include "clock/wake.hpp"
#include "reference-server/options.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace halley::gateway {
namespace {

/// A topic with one subscriber.
class topic_of_one : public testing::Test {
protected:
  subscription& subscribe(std::size_t limit, slow_policy over) {
    listening = std::make_unique<subscription>(changed, subscription::limits{limit, over},
                                               [this] { let_go = true; });
    on = std::make_unique<subscribed>(*log, *listening, "");
    return *listening;
  }

  /// What the shortcut is given, of which the socket takes `room` octets.
  void take_shortcut(std::size_t room) {
    const auto plain = [](const event& one, const options& /*how*/) { return one.data + ";"; };
    listening->use({form::line, plain, [this, room](octet_view data) {
                      written.emplace_back(data);
                      return std::min(room, data.size());
                    }});
    listening->idle(true);
  }

  boost::asio::io_context context;
  clock::steady_clock time{context.get_executor(), std::chrono::steady_clock::now()};
  options how;
  std::shared_ptr<topic> log = std::make_shared<topic>(how, context.get_executor(), time);
  clock::wake changed{time};
  std::unique_ptr<subscription> listening;
  std::unique_ptr<subscribed> on;
  std::vector<octets> written;
  bool let_go = false;
};

TEST_F(topic_of_one, a_slow_subscriber_is_let_go) {
  const auto& to = subscribe(3, slow_policy::disconnect);
  log->publish("aa", "");
  EXPECT_FALSE(let_go);
  log->publish("bb", "");
  EXPECT_TRUE(let_go);
  EXPECT_TRUE(to.overrun());
}

TEST_F(topic_of_one, or_its_oldest_events_are_dropped_and_it_learns_which) {
  auto& to = subscribe(3, slow_policy::drop_oldest);
  for (const char* one : {"aa", "bb", "cc", "d"})
    log->publish(one, "");
  EXPECT_FALSE(let_go);
  const auto lost = to.take_gap();
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->from, 1U);
  EXPECT_EQ(lost->to, 2U);
  EXPECT_FALSE(to.take_gap());
  EXPECT_EQ(to.pop()->id, 3U);
  EXPECT_EQ(to.pop()->data, "d");
  EXPECT_TRUE(to.empty());
}

TEST_F(topic_of_one, an_event_over_the_limit_is_still_the_newest) {
  auto& to = subscribe(3, slow_policy::drop_oldest);
  log->publish("aaaa", "");
  log->publish("bbbb", "");
  EXPECT_EQ(to.pop()->data, "bbbb");
  EXPECT_TRUE(to.empty());
}

TEST_F(topic_of_one, events_that_are_published_together_leave_in_one_write) {
  auto& to = subscribe(100, slow_policy::disconnect);
  take_shortcut(100);
  log->publish("a", "");
  log->publish("b", "");
  context.poll();
  EXPECT_EQ(written, std::vector<octets>{"a;b;"});
  EXPECT_TRUE(to.empty());
  EXPECT_FALSE(to.has_rest());
}

TEST_F(topic_of_one, what_the_socket_does_not_take_is_left_to_the_writer) {
  auto& to = subscribe(100, slow_policy::disconnect);
  take_shortcut(3);
  log->publish("a", "");
  log->publish("b", "");
  context.poll();
  context.restart();
  log->publish("c", "");
  context.poll();
  EXPECT_EQ(written.size(), 1U);
  EXPECT_EQ(to.take_rest(), ";");
  EXPECT_EQ(to.pop()->data, "c");
}

TEST_F(topic_of_one, a_writer_at_work_is_not_overtaken) {
  auto& to = subscribe(100, slow_policy::disconnect);
  take_shortcut(100);
  to.idle(false);
  log->publish("a", "");
  context.poll();
  EXPECT_TRUE(written.empty());
  EXPECT_FALSE(to.empty());
}

TEST_F(topic_of_one, the_publish_rate_is_a_bucket) {
  options limited;
  limited.publish_rate = 10;
  limited.publish_burst = 20;
  topic log(limited, context.get_executor(), time);
  EXPECT_FALSE(log.admit(21)) << "never so many at once";
  EXPECT_EQ(log.admit(20), duration(0));
  const auto wait = log.admit(10);
  ASSERT_TRUE(wait);
  EXPECT_GT(*wait, std::chrono::milliseconds(500));
  EXPECT_LE(*wait, std::chrono::seconds(1));
}

}  // namespace
}  // namespace halley::gateway
