#include "inspect/flow_transcript.hpp"

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "trace/event.hpp"
#include "wire/http_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace halley::inspect {
namespace {

using nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr std::uint64_t event_octets = 100;

/// The event number `i` of a conversation: a body piece of the server, a frame each.
void add(flow_transcript& to, std::uint64_t i, std::uint64_t missing = 0) {
  trace::event one;
  one.t = milliseconds(1000 + i);
  one.dir = trace::direction::in;
  one.off = i * event_octets;
  one.len = event_octets;
  one.what = wire::body_piece{octets(event_octets, 'a')};
  to.add({.what = one, .frame = i + 1, .depth = 0, .missing = missing});
}

TEST(flow_transcript, keeps_all_of_a_short_conversation) {
  std::size_t live = 0;
  {
    flow_transcript kept({}, milliseconds(1000), live);
    for (std::uint64_t i = 0; i < 20; ++i)
      add(kept, i);
    const auto events = kept.events();
    ASSERT_EQ(events.size(), 20U);
    EXPECT_EQ(events[3]["ev"], "http.body");
    EXPECT_EQ(events[3]["t"], 3.0);
    EXPECT_EQ(events[3]["frame"], 4);
    EXPECT_EQ(events[3]["off"], 300);
    EXPECT_EQ(events[3]["size"], 100);
    EXPECT_FALSE(events[3].contains("hex"));
    EXPECT_FALSE(events[3].contains("seq"));
    EXPECT_EQ(events[3]["text"], octets(100, 'a'));
    EXPECT_GT(live, 20 * event_octets);
  }
  EXPECT_EQ(live, 0U);
}

TEST(flow_transcript, keeps_the_beginning_the_end_and_what_was_asked_for) {
  constexpr std::uint64_t many = 5000;
  constexpr std::uint64_t asked = 2500;
  std::size_t live = 0;
  flow_transcript kept(
      {{.by = capture::side::server, .off = asked * event_octets + 5, .len = 1},
       {.by = capture::side::client, .off = 4000 * event_octets, .len = 1}},  // of the other side
      milliseconds(0), live);
  for (std::uint64_t i = 0; i < many; ++i)
    add(kept, i);
  const auto events = kept.events();
  EXPECT_LT(events.dump().size(), 64U * 1024);
  std::uint64_t next = 0;
  std::size_t holes = 0;
  bool found = false;
  for (const auto& one : events) {
    if (one["ev"] == "view.omitted") {
      ++holes;
      EXPECT_EQ(one["frames"][0], next + 1);
      next += one["count"].get<std::uint64_t>();
      EXPECT_EQ(one["frames"][1], next);
      continue;
    }
    EXPECT_EQ(one["off"], next * event_octets);
    found = found || next == asked;
    ++next;
  }
  EXPECT_EQ(next, many);
  EXPECT_EQ(holes, 2U);  // before what was asked for, and behind it
  EXPECT_TRUE(found);
}

TEST(flow_transcript, cuts_payloads_and_says_how_long_they_were) {
  std::size_t live = 0;
  flow_transcript kept({}, milliseconds(0), live);
  trace::event one;
  one.dir = trace::direction::out;
  one.len = 100'014;
  wire::websocket_frame frame;
  frame.mask = {1, 2, 3, 4};
  frame.payload = octets(100'000, 'x');
  one.what = frame;
  kept.add({.what = one});
  one.what = trace::wire_octets{octets(100'014, 'y')};
  kept.add({.what = one});
  const auto events = kept.events();
  EXPECT_EQ(events[0]["size"], 100'000);
  EXPECT_EQ(events[0]["hex"].get<std::string>().size(), 2048U);
  EXPECT_EQ(events[1]["len"], 100'014);
  EXPECT_EQ(events[1]["hex"].get<std::string>().size(), 2048U);
  EXPECT_LT(live, 10'000U);
  one.what = trace::wire_octets{octets(1000, 'z')};  // goes on with the one before
  kept.add({.what = one});
  EXPECT_EQ(kept.events()[2]["hex"].get<std::string>().size(), 128U);
}

TEST(flow_transcript, shows_no_octets_in_place_of_missing_ones) {
  std::size_t live = 0;
  flow_transcript kept({}, milliseconds(0), live);
  add(kept, 0, 40);
  const auto events = kept.events();
  EXPECT_EQ(events[0]["missing"], 40);
  EXPECT_FALSE(events[0].contains("text"));
  EXPECT_FALSE(events[0].contains("hex"));
}

TEST(flow_transcript, cuts_texts_between_code_points) {
  std::size_t live = 0;
  flow_transcript kept({}, milliseconds(0), live);
  trace::event one;
  one.dir = trace::direction::in;
  octets text = "a";
  while (text.size() < 1000)
    text += "€";
  one.what = wire::body_piece{text};
  kept.add({.what = one});
  one.what = wire::body_piece{"\xFF\xFE"};
  kept.add({.what = one});
  const auto events = kept.events();
  const auto shown = events[0]["text"].get<std::string>();
  EXPECT_TRUE(shown.ends_with("€")) << shown;
  EXPECT_GT(shown.size(), 150U);
  EXPECT_FALSE(events[1].contains("text"));
}

}  // namespace
}  // namespace halley::inspect
