#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "clock/wake.hpp"
#include "engine/player.hpp"
#include "engine/playing_test_support.hpp"
#include "engine/stall_watch.hpp"
#include "engine/target.hpp"
#include "engine/verdict.hpp"
#include "scenario/profile.hpp"
#include "scenario/scenario.hpp"
#include "trace/event.hpp"
#include "transport/runtime.hpp"
#include "transport/tcp_runtime.hpp"
#include "transport/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halley::engine {
namespace {

using namespace std::chrono_literals;

/// Answers each request with the number of its connection, from 1; but nobody before `wanted` are
/// there, and those whose number is over `most` with 503.
struct gathering {
  gathering(clock::clock& time, std::size_t at_least, std::size_t at_most)
      : wanted(at_least), most(at_most), full(time) {}
  std::size_t wanted;
  std::size_t most;
  std::size_t here = 0;
  clock::wake full;
};

awaitable<void> attend(transport::runtime& world,
                       std::unique_ptr<transport::transport> on,
                       gathering& with) {
  const std::size_t number = ++with.here;
  with.full.notify();
  error_code error;
  for (;;) {
    const octets head = co_await request_head(*on, error);
    if (error) co_return;
    const instant later = world.time().now() + 5s;
    while (with.here < with.wanted && world.time().now() < later)
      co_await with.full.wait_until(later);
    const bool known =
        head.starts_with("GET / ") || head.starts_with("GET /" + std::to_string(number) + " ");
    const octets status = number > with.most ? "503 Busy" : known ? "200 OK" : "404 Not Found";
    const octets answer = "HTTP/1.1 " + status + "\r\nX-Number: " + std::to_string(number) +
                          "\r\nContent-Length: 0\r\n\r\n";
    const auto all = boost::asio::buffer(answer);
    co_await transport::write_all(*on, all, error);
  }
}

awaitable<void> serve(transport::runtime& world,
                      transport::listener& from,
                      std::shared_ptr<clock::tasks> work,
                      gathering& with) {
  error_code error;
  for (;;) {
    auto connection = co_await transport::accept(from, error);
    if (error) co_return;
    work->spawn(attend(world, std::move(connection), with));
  }
}

awaitable<instance_result> play_against(transport::runtime& world,
                                        gathering& with,
                                        const scenario::instance& what) {
  error_code error;
  const transport::endpoint any;
  const auto listening = world.listen(any, error);
  const auto servers = std::make_shared<clock::tasks>(world.get_executor(), world.time());
  servers->spawn(serve(world, *listening, servers, with));
  scenario::profile profile;
  profile.endpoints = {{"http.root", "http://" + transport::to_string(listening->local()) + "/"}};
  target tested(world, profile, {});
  const stall_watch stalls(world.time());
  const play_settings settings;
  player played(world, tested, what, settings, stalls);
  player::recorder recorder = [](trace::event& /*one*/) {};
  instance_result result = co_await played.play(std::move(recorder));
  EXPECT_GE(played.connections().size(), with.here);
  listening->close();
  const instant soon = world.time().now() + 5s;
  co_await servers->wait_until(soon);
  EXPECT_EQ(servers->in_flight(), 0U) << "every member let go of its connection";
  co_return result;
}

/// Plays `steps` with an actor `many`, a crowd of five.
instance_result play(std::size_t most, const std::string& steps) {
  const auto what = only_instance(
      "scenario: 1\nid: crowd/x\ntitle: x\nsut: server\ntimeout: 15s\n"
      "actors: {many: {plays: client, crowd: 5}, other: {plays: client}}\n"
      "requirements: {right: {ref: r, level: MUST, says: s}}\nsteps:\n"
      "  - {as: many, open: {to: \"${target.http.root}\"}}\n"
      "  - {as: many, send: {http.head: \"GET / HTTP/1.1\\nHost: a\\n\"}}\n" +
      steps);
  boost::asio::io_context context;
  transport::tcp_runtime world(context, 1);
  gathering with(world.time(), 5, most);
  return played_to_the_end(context, play_against(world, with, what));
}

const char* const all_are_answered =
    "  - as: many\n    expect: {event: {http.response: {status: 200}}, violates: [right], "
    "capture: {number: headers.x-number}}\n";

TEST(crowd, acts_at_once_each_on_its_own_connection) {
  const auto result = play(5, all_are_answered);
  EXPECT_EQ(result.is, verdict::pass) << result.error_text << result.skip_from;
}

TEST(crowd, keeps_what_each_member_captured_apart) {
  const auto result =
      play(5, std::string(all_are_answered) +
                  "  - {as: many, send: {http.head: \"GET /${number} HTTP/1.1\\nHost: a\\n\"}}\n" +
                  all_are_answered);
  EXPECT_EQ(result.is, verdict::pass) << result.error_text << result.skip_from;
}

TEST(crowd, fails_once_with_the_count_of_those_who_saw_it) {
  const auto result = play(3, all_are_answered);
  EXPECT_EQ(result.is, verdict::fail) << result.error_text << result.skip_from;
  ASSERT_EQ(result.violations.size(), 1U);
  EXPECT_TRUE(result.violations[0].got.ends_with(" (2 of 5)")) << result.violations[0].got;
}

TEST(crowd, names_each_variant_once) {
  const auto result = play(3,
                           "  - as: many\n    expect:\n      one_of:\n"
                           "        - {is: yes-please, events: [{http.response: {status: 200}}]}\n"
                           "        - {is: busy, events: [{http.response: {status: 503}}]}\n"
                           "      otherwise: {violates: [right]}\n");
  EXPECT_EQ(result.is, verdict::pass) << result.error_text << result.skip_from;
  EXPECT_EQ(result.variants, (std::vector<std::string>{"busy", "yes-please"}));
}

TEST(crowd, shares_the_variables_of_the_instance) {
  const auto result = play(5, std::string(all_are_answered) +
                                  "  - {as: other, set: {path: nowhere}}\n"
                                  "  - {as: many, set: {number: \"${path}\"}}\n"
                                  "  - {as: many, assert: {equal: [\"${number}\", nowhere], "
                                  "violates: [right]}}\n"
                                  "  - {as: other, set: {number: 1}}\n"
                                  "  - {as: many, assert: {equal: [\"${number}\", nowhere], "
                                  "violates: [right]}}\n");
  EXPECT_EQ(result.is, verdict::pass) << result.error_text << result.skip_from;
}

}  // namespace
}  // namespace halley::engine
