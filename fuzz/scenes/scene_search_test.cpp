#include "fuzz/scenes/scene_search.hpp"

#include "clock/steady_clock.hpp"
#include "fuzz/choices.hpp"
#include "fuzz/live/simulated_stage.hpp"
#include "fuzz/live/stage.hpp"
#include "fuzz/scenario_writer.hpp"
#include "fuzz/scenes/expectations.hpp"
#include "fuzz/scenes/rehearsal.hpp"
#include "fuzz/scenes/scene.hpp"
#include "fuzz/scenes/scene_draft.hpp"
#include "trace/event.hpp"
#include "wire/websocket_frame.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

constexpr std::uint64_t seed = 1;
constexpr std::uint64_t seed_elsewhere = 2;

/// The gateway, broken or not, beside the one that it is compared with.
struct trial {
  explicit trial(std::set<std::string> mutants) : tested(seed, std::move(mutants)) {}

  boost::asio::io_context context{1};
  clock::steady_clock wall{context.get_executor()};
  simulated_stage tested;
  simulated_stage rehearsed{seed, {}};
  simulated_stage elsewhere{seed_elsewhere, {}};
  scene_search search{tested, rehearsed, elsewhere, wall, seed, seed_elsewhere};
};

scene_search::bounds of(std::size_t runs, std::size_t shrink_plays) {
  scene_search::bounds result;
  result.runs = runs;
  result.shrink_plays = shrink_plays;
  return result;
}

scene drawn(void (*make)(scene_draft&)) {
  choices none(std::vector<std::uint32_t>{});
  scene_draft to(none);
  make(to);
  return to.take();
}

/// What a rehearsal with the gateway makes of it.
rehearsal rehearsed(const scene& what, stage& on) {
  rehearsal result(what);
  on.play(result.script("fuzz/test").decoded(), [&](const trace::event& one) { result.see(one); });
  return result;
}

class each_scene : public testing::TestWithParam<scene_kind> {};

TEST_P(each_scene, finds_nothing_where_both_are_the_same) {
  trial same({});
  const auto found = same.search.look(GetParam(), of(25, 0));
  EXPECT_FALSE(found) << found->what.requirement << ": expected " << found->what.expected
                      << ", got " << found->what.got << '\n'
                      << found->written.yaml();
  EXPECT_LT(same.search.stuck(), 15U);
}

std::string name_of_scene(const testing::TestParamInfo<scene_kind>& info) {
  std::string result;
  for (const char one : info.param.name)
    result += one == '-' ? '_' : one;
  return result;
}

INSTANTIATE_TEST_SUITE_P(scenes,
                         each_scene,
                         testing::ValuesIn(all_scenes().begin(), all_scenes().end()),
                         name_of_scene);

struct broken {
  std::string_view kind;
  std::string mutant;
  std::string requirement;
};

class each_difference : public testing::TestWithParam<broken> {};

TEST_P(each_difference, is_found_and_kept_in_few_steps_that_the_gateway_passes) {
  trial both({GetParam().mutant});
  const auto found = both.search.look(*find_scene(GetParam().kind), of(400, 60));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->what.requirement, GetParam().requirement) << found->written.yaml();
  EXPECT_LE(found->written.steps(), 10U) << found->written.yaml();
  // A file speaks of no address, port or key of the day.
  const std::regex address("127\\.0\\.0\\.1:[0-9]");
  EXPECT_FALSE(std::regex_search(found->written.yaml(), address)) << found->written.yaml();
  both.tested.renew();
  const auto fails = both.tested.play(found->written.decoded());
  ASSERT_TRUE(fails.found);
  EXPECT_TRUE(fails.found->same_as(found->what));
  both.rehearsed.renew();
  const auto passes = both.rehearsed.play(found->written.decoded());
  EXPECT_FALSE(passes.found);
  EXPECT_EQ(passes.broken, "");
}

INSTANTIATE_TEST_SUITE_P(mutants,
                         each_difference,
                         testing::Values(broken{"push-scene", "sse-no-heartbeat", "event"},
                                         broken{"access-scene", "cors-no-credentials", "answer"},
                                         broken{"forward-scene", "proxy-keeps-host", "forwarded"},
                                         broken{"tunnel-scene", "connect-201", "answer"},
                                         broken{"websocket-scene", "ping-unanswered", "message"},
                                         broken{"request-scene", "no-allow", "answer"}),
                         [](const auto& info) {
                           std::string name = info.param.mutant;
                           for (char& one : name)
                             if (one == '-') one = '_';
                           return name;
                         });

TEST(scene_search, finds_the_same_again) {
  const auto look = [] {
    trial both({"connect-201"});
    return both.search.look(*find_scene("tunnel-scene"), of(100, 20));
  };
  const auto first = look();
  const auto second = look();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->drawn, second->drawn);
  EXPECT_EQ(first->written.yaml(), second->written.yaml());
}

TEST(rehearsal, expects_what_was_seen_on_each_connection) {
  const auto what = drawn([](scene_draft& to) {
    to.begin("subscribe");
    to.say(to.open("http.sse-stream"), head_for("GET", "http.sse-stream", "", ""));
    to.begin("publish");
    to.say(to.open("http.publish"),
           head_for("POST", "http.publish", "?count=1", "Content-Length: 0\r\n"));
  });
  simulated_stage gateway(seed, {});
  const auto text = rehearsed(what, gateway).learnt("fuzz/test", {}).yaml();
  EXPECT_NE(text.find("conn: c1, expect: {within: \"2s\", event: {sse.event: {event: message, "
                      "id: \"1\", data: \"1\"}}"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("conn: c2, expect: {within: \"2s\", event: {http.response: {status: 20"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("silence"), std::string::npos) << text;
}

TEST(rehearsal, says_where_it_was_stuck) {
  const auto what = drawn([](scene_draft& to) {
    to.add_origin();
    to.begin("ask");
    to.say(to.open("http.root"), head_for("GET", "http.root", "", ""));
    to.begin("nobody comes");
    to.accept();
    to.begin("never reached");
    to.ask_status();
  });
  simulated_stage gateway(seed, {});
  rehearsal seen(what);
  const auto ended = gateway.play(seen.script("fuzz/test").decoded(),
                                  [&](const trace::event& one) { seen.see(one); });
  EXPECT_NE(ended.broken, "");
  EXPECT_EQ(seen.reached(), 1U);
}

/// Found by a search of the gateway as it is: the frame announces 2^48 octets, and room for them
/// was taken.
TEST(rehearsal, of_a_compressed_frame_that_announces_more_than_there_is_ends_with_a_close) {
  const auto what = drawn([](scene_draft& to) {
    to.begin("opening handshake");
    const auto who = to.open("ws.topic");
    to.say(who, head_for("GET", "ws.topic", "",
                         handshake_fields("Sec-WebSocket-Extensions: permessage-deflate; "
                                          "client_max_window_bits=9\r\n")));
    const auto frames = [&](const std::string& digits, std::uint32_t segment) {
      to.begin("frames");
      to.say(who, map({{"hex", text(digits)}}), segment);
    };
    frames("42ff000100000000000037fa213dfdb2ecf4fefdde808037fa213d888237fa213d341d", 3);
    frames("c08537fa213d7d9e693f37c18737fa213dfdb2ecf4fefd21", 0);
  });
  simulated_stage gateway(seed, {});
  const auto yaml = rehearsed(what, gateway).learnt("fuzz/test", {}).yaml();
  EXPECT_NE(yaml.find("ws.close: {code: 100"), std::string::npos) << yaml;
}

/// A scenario of two steps: somebody says something, and an answer with such a field comes.
scenario_writer answered(const std::string& via, const std::string& content) {
  scenario_writer result;
  result.about("fuzz/test", "a test", "server");
  require_same(result);
  const actor_of who{"client", "c1"};
  result.open("http.root", who);
  result.expect_as(
      map({{"event",
            event("http.response", {{"headers", map({{"via", text(via)}, {"x", text("same")}})}})},
           {"violates", names({"answer"})}}),
      {"answer"}, who);
  result.expect_as(map({{"event", event("http.body", {{"equals", text(content)}})},
                        {"violates", names({"content"})}}),
                   {"content"}, who);
  return result;
}

TEST(expect_same, has_no_name_for_a_reserved_frame) {
  scenario_writer to;
  trace::event reserved;
  reserved.dir = trace::direction::in;
  wire::websocket_frame frame;
  frame.code = wire::opcode{0xB};
  reserved.what = frame;
  expect_same(to, {"client", "c1"}, {&reserved}, {}, {});
  EXPECT_EQ(to.steps(), 0U);
  frame.code = wire::opcode::pong;
  reserved.what = frame;
  expect_same(to, {"client", "c1"}, {&reserved}, {}, {});
  EXPECT_EQ(to.steps(), 1U);
}

TEST(agreed, keeps_what_is_the_same_and_of_the_rest_that_it_is_there) {
  const auto both = agreed(answered("1.1 a", "{\"n\": 1}"), answered("1.1 b", "{\"n\": 12}"));
  ASSERT_TRUE(both);
  const auto yaml = both->yaml();
  EXPECT_NE(yaml.find("via: present"), std::string::npos) << yaml;
  EXPECT_NE(yaml.find("x: same"), std::string::npos) << yaml;
  EXPECT_NE(yaml.find("[0-9]+"), std::string::npos) << yaml;
  EXPECT_EQ(both->steps(), 3U);
}

TEST(agreed, expects_nothing_behind_content_that_is_another_each_time) {
  const auto both = agreed(answered("a", "one"), answered("a", "two"));
  ASSERT_TRUE(both);
  EXPECT_EQ(both->steps(), 2U) << both->yaml();
}

TEST(agreed, gives_up_where_two_rehearsals_have_another_number_of_steps) {
  EXPECT_FALSE(agreed(answered("a", "one"), answered("a", "one").without(2)));
}

}  // namespace
}  // namespace halley::fuzz
