// Targets that want to hang, flood or fool the harness: each instance must end with a verdict.
#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "clock/tasks.hpp"
#include "engine/event_fields.hpp"
#include "engine/peer.hpp"
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
#include "wire/deflate.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/websocket_handshake.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::engine {
namespace {

using namespace std::chrono_literals;

/// What a target does with a connection; it ends when the connection does.
using behaviour = awaitable<void> (*)(transport::runtime&, transport::transport&);

awaitable<void> say(transport::transport& to, const octets& data, error_code& error) {
  const auto all = boost::asio::buffer(data);
  co_await transport::write_all(to, all, error);
}

/// Says `again` until nobody listens any more.
awaitable<void> for_ever(transport::transport& to, const octets& again) {
  error_code error;
  while (!error)
    co_await say(to, again, error);
}

awaitable<void> listen_only(transport::transport& from) {
  error_code error;
  octets block(1024, '\0');
  while (!error) {
    const auto into = boost::asio::buffer(block);
    co_await transport::read_some(from, into, error);
  }
}

awaitable<void> endless_head(transport::runtime& /*world*/, transport::transport& to) {
  error_code error;
  const octets status = "HTTP/1.1 200 OK\r\n";
  co_await say(to, status, error);
  const octets field = "X-Again: and again\r\n";
  co_await for_ever(to, field);
}

awaitable<void> endless_status_line(transport::runtime& /*world*/, transport::transport& to) {
  error_code error;
  const octets start = "HTTP/1.1 200 ";
  co_await say(to, start, error);
  const octets more(4096, 'x');
  co_await for_ever(to, more);
}

awaitable<void> endless_body(transport::runtime& /*world*/, transport::transport& to) {
  error_code error;
  const octets head = "HTTP/1.1 200 OK\r\n\r\n";
  co_await say(to, head, error);
  const octets more(16384, 'x');
  co_await for_ever(to, more);
}

awaitable<void> endless_tiny_chunks(transport::runtime& /*world*/, transport::transport& to) {
  error_code error;
  const octets head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  co_await say(to, head, error);
  octets chunks;
  for (int i = 0; i < 1000; ++i)
    chunks += "1\r\na\r\n";
  co_await for_ever(to, chunks);
}

awaitable<void> endless_interim_responses(transport::runtime& /*world*/, transport::transport& to) {
  const octets interim = "HTTP/1.1 102 Processing\r\n\r\n";
  co_await for_ever(to, interim);
}

awaitable<void> one_octet_at_a_time(transport::runtime& world, transport::transport& to) {
  const octets answer = "HTTP/1.1 200 OK\r\n" + octets(4096, 'a') + ": b\r\n";
  const auto timer = world.time().make_timer();
  error_code error;
  for (std::size_t at = 0; at < answer.size() && !error; ++at) {
    const octets one = answer.substr(at, 1);
    co_await say(to, one, error);
    const instant later = world.time().now() + 20ms;
    co_await clock::wait_until(*timer, later);
  }
}

awaitable<void> accept_websocket(transport::transport& to, error_code& error) {
  const octets head = co_await request_head(to, error);
  const octets name = "Sec-WebSocket-Key: ";
  const auto at = head.find(name);
  const octets key = at == octets::npos ? octets() : head.substr(at + name.size(), 24);
  const octets answer =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Accept: " +
      wire::accept_value(key) + "\r\n\r\n";
  co_await say(to, answer, error);
}

octets bomb(std::size_t inflated) {
  wire::websocket_frame frame;
  frame.code = wire::opcode::binary;
  frame.rsv = 4;
  frame.payload = wire::deflater(15, true).deflate(octets(inflated, '\0'));
  return wire::encode(frame);
}

awaitable<void> deflate_bomb(transport::runtime& /*world*/, transport::transport& to) {
  error_code error;
  co_await accept_websocket(to, error);
  const octets over_the_limit_of_a_message = bomb(80UL * 1024U * 1024U);
  co_await say(to, over_the_limit_of_a_message, error);
  co_await listen_only(to);
}

awaitable<void> endless_small_bombs(transport::runtime& /*world*/, transport::transport& to) {
  error_code error;
  co_await accept_websocket(to, error);
  const octets one = bomb(512UL * 1024U);
  co_await for_ever(to, one);
}

awaitable<void> reset_at_once(transport::runtime& /*world*/, transport::transport& to) {
  to.abort();
  co_return;
}

awaitable<void> reset_after_an_octet(transport::runtime& /*world*/, transport::transport& to) {
  error_code error;
  co_await request_head(to, error);
  const octets one = "H";
  co_await say(to, one, error);
  to.abort();
}

awaitable<void> garbage(transport::runtime& /*world*/, transport::transport& to) {
  error_code error;
  octets all;
  for (int i = 0; i < 4096; ++i)
    all += static_cast<char>((i * 7 + i / 256) & 0xFF);
  co_await say(to, all, error);
  co_await listen_only(to);
}

awaitable<void> escapes(transport::runtime& /*world*/, transport::transport& to) {
  error_code error;
  const octets answer =
      "HTTP/1.1 200 \x1b[2J\x1b]0;owned\x07<script>alert(1)</script>\xc2\x9b\x7f\xff\r\n"
      "X-Evil: \x1b[31m<script>\r\nContent-Type: \x1b[5m\r\nContent-Length: 4\r\n\r\n\x1b[0m";
  co_await say(to, answer, error);
  co_await listen_only(to);
}

awaitable<void> never_answers(transport::runtime& /*world*/, transport::transport& to) {
  co_await listen_only(to);
}

awaitable<void> closes_inside_the_head(transport::runtime& /*world*/, transport::transport& to) {
  error_code error;
  co_await request_head(to, error);
  const octets half = "HTTP/1.1 200 OK\r\nContent-Le";
  co_await say(to, half, error);
  to.close();
}

awaitable<void> serve(transport::runtime& world, transport::listener& from, behaviour how) {
  error_code error;
  for (;;) {
    const auto connection = co_await transport::accept(from, error);
    if (error) co_return;
    co_await how(world, *connection);
  }
}

struct outcome {
  instance_result result;
  std::vector<trace::event> events;  ///< of the connections
  std::vector<trace::event> told;    ///< all, the steps too
};

scenario::instance read_scenario(const std::string& steps) {
  return only_instance(
      "scenario: 1\nid: hostile/target\ntitle: x\nsut: server\ntimeout: 15s\n"
      "requirements: {right: {ref: r, level: MUST, says: s}}\nsteps:\n"
      "  - open: {to: \"${target.http.root}\"}\n" +
      steps);
}

awaitable<outcome> play_against(transport::runtime& world,
                                behaviour how,
                                const scenario::instance& what,
                                peer_limits limits) {
  error_code error;
  const transport::endpoint any;
  const auto listening = world.listen(any, error);
  const auto servers = std::make_shared<clock::tasks>(world.get_executor(), world.time());
  servers->spawn(serve(world, *listening, how));

  scenario::profile profile;
  profile.endpoints = {{"http.root", "http://" + transport::to_string(listening->local()) + "/"}};
  profile.timing.within = 400ms;
  target tested(world, profile, {});
  const stall_watch stalls(world.time());
  play_settings settings;
  settings.limits = limits;
  player played(world, tested, what, settings, stalls);
  outcome end;
  player::recorder recorder = [&end](trace::event& one) {
    one.seq = end.told.size() + 1;
    end.told.push_back(one);
  };
  end.result = co_await played.play(std::move(recorder));
  end.events = played.events();
  listening->close();
  const instant soon = world.time().now() + 5s;
  co_await servers->wait_until(soon);
  EXPECT_EQ(servers->in_flight(), 0U) << "the player let go of every connection";
  co_return end;
}

outcome play(behaviour how, const std::string& steps, peer_limits limits = {}) {
  const auto what = read_scenario(steps);
  boost::asio::io_context context;
  transport::tcp_runtime world(context, 1);
  return played_to_the_end(context, play_against(world, how, what, limits));
}

bool harmless(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }) &&
         text.find("\xc2\x9b") == std::string::npos;
}

/// Everything that a person may see of `end`. JSON's own dump throws for what is not UTF-8.
void expect_harmless_texts(const outcome& end) {
  for (const auto& one : end.told) {
    EXPECT_TRUE(harmless(describe(one)));
    const auto* note = std::get_if<trace::note>(&one.what);
    if (note == nullptr) continue;
    EXPECT_NO_THROW(EXPECT_TRUE(harmless(note->fields.dump())));
  }
  const auto& result = end.result;
  std::vector<std::string> shown = {result.observed, result.error_text, result.skip_from};
  shown.insert(shown.end(), result.variants.begin(), result.variants.end());
  for (const auto& one : result.violations) {
    shown.push_back(one.got);
    shown.push_back(one.expected);
    shown.push_back(one.message);
  }
  for (const auto& text : shown) {
    EXPECT_TRUE(harmless(text)) << testing::PrintToString(text);
    EXPECT_NO_THROW(nlohmann::json(text).dump()) << testing::PrintToString(text);
  }
}

std::size_t decoded(const outcome& end) {
  return static_cast<std::size_t>(std::ranges::count_if(end.events, [](const auto& one) {
    return one.dir == trace::direction::in && !std::holds_alternative<trace::wire_octets>(one.what);
  }));
}

bool limited(const outcome& end) {
  return std::ranges::any_of(end.events, [](const auto& one) { return name_of(one) == "limit"; });
}

const char* const get = "  - send: {http.head: \"GET / HTTP/1.1\\nHost: a\\n\"}\n";
const char* const upgrade =
    "  - send: {http.head: \"GET / HTTP/1.1\\nHost: a\\nConnection: Upgrade\\nUpgrade: websocket\\n"
    "Sec-WebSocket-Version: 13\\nSec-WebSocket-Key: ${ws.key()}\\n"
    "Sec-WebSocket-Extensions: permessage-deflate\\n\"}\n"
    "  - expect: {event: {http.response: {status: 101}}, violates: [right]}\n";

TEST(hostile_target, every_hostility_ends_in_a_verdict) {
  struct row {
    const char* what;
    behaviour how;
  };
  const row rows[] = {
      {"endless head", endless_head},
      {"endless status line", endless_status_line},
      {"endless interim responses", endless_interim_responses},
      {"one octet at a time", one_octet_at_a_time},
      {"reset after an octet", reset_after_an_octet},
      {"garbage", garbage},
      {"never answers", never_answers},
      {"closes inside the head", closes_inside_the_head},
  };
  for (const auto& one : rows) {
    SCOPED_TRACE(one.what);
    const auto end =
        play(one.how, std::string(get) +
                          "  - expect: {within: 300ms, event: {http.response: {status: 200}}, "
                          "violates: [right]}\n");
    EXPECT_EQ(end.result.is, verdict::fail) << end.result.error_text;
    ASSERT_EQ(end.result.violations.size(), 1U);
    EXPECT_EQ(end.result.violations[0].requirement, "right");
    expect_harmless_texts(end);
  }
}

TEST(hostile_target, an_endless_body_runs_into_the_deadline) {
  for (const behaviour how : {endless_body, endless_tiny_chunks}) {
    const auto end = play(how,
                          std::string(get) +
                              "  - expect: {event: {http.response: {status: 200}}}\n"
                              "  - expect: {within: 300ms, event: {http.end: {}}, "
                              "violates: [right]}\n",
                          {4UL * 1024U * 1024U, 5000});
    EXPECT_EQ(end.result.is, verdict::fail) << end.result.error_text;
    EXPECT_LT(decoded(end), 100'000U);
    expect_harmless_texts(end);
  }
}

TEST(hostile_target, escape_sequences_and_markup_reach_nobody_unchanged) {
  const auto end = play(escapes, std::string(get) +
                                     "  - expect: {within: 300ms, event: {http.response: "
                                     "{reason: OK}}, violates: [right]}\n");
  EXPECT_EQ(end.result.is, verdict::fail) << end.result.error_text;
  ASSERT_EQ(end.result.violations.size(), 1U);
  EXPECT_NE(end.result.violations[0].got.find("\\x1b"), std::string::npos);
  expect_harmless_texts(end);
}

TEST(hostile_target, resets_one_after_another_are_each_seen) {
  const std::string reset =
      "{within: 2s, ignoring: [http.end], event: {tcp.rst: {}}, violates: [right]}\n";
  const auto end =
      play(reset_after_an_octet, std::string(get) + "  - expect: " + reset +
                                     "  - repeat:\n      count: 20\n      steps:\n"
                                     "        - open: {to: \"${target.http.root}\"}\n"
                                     "        - send: {bytes: \"GET / HTTP/1.1\\r\\n\\r\\n\"}\n"
                                     "        - expect: " +
                                     reset);
  EXPECT_EQ(end.result.is, verdict::pass) << end.result.error_text;
  expect_harmless_texts(end);
}

TEST(hostile_target, a_reset_that_comes_before_anything_was_said_is_no_hang) {
  // Whether the kernel tells of it at the connect or at the first read is a race.
  for (int i = 0; i < 10; ++i) {
    const auto end = play(reset_at_once, std::string(get) +
                                             "  - expect: {within: 2s, event: {http.response: {}}, "
                                             "violates: [right]}\n");
    const bool at_connect =
        end.result.is == verdict::error && end.result.error_cause == "target-died";
    EXPECT_TRUE(at_connect || end.result.is == verdict::fail) << end.result.error_text;
    EXPECT_LT(end.result.duration, 2s);
    expect_harmless_texts(end);
  }
}

TEST(hostile_target, a_deflate_bomb_is_not_inflated_past_the_limit_of_a_message) {
  const auto end = play(deflate_bomb, std::string(upgrade) +
                                          "  - expect: {within: 2s, event: {ws.message: {}}, "
                                          "violates: [right]}\n");
  EXPECT_EQ(end.result.is, verdict::fail) << end.result.error_text;
  for (const auto& one : end.events)
    if (const auto* message = std::get_if<wire::websocket_message>(&one.what))
      EXPECT_LE(message->data.size(), wire::websocket_limits().message_octets);
  expect_harmless_texts(end);
}

TEST(hostile_target, what_deflate_makes_of_a_few_octets_counts_too) {
  const auto end = play(endless_small_bombs,
                        std::string(upgrade) +
                            "  - expect: {within: 12s, ignoring: [ws.message, ws.frame], "
                            "event: {ws.close: {}}, violates: [right]}\n",
                        {4UL * 1024U * 1024U, 100'000});
  EXPECT_EQ(end.result.is, verdict::fail) << end.result.error_text;
  EXPECT_TRUE(limited(end));
  EXPECT_LT(end.result.duration, 10s) << "the limit ends the wait, not the deadline";
}

TEST(hostile_target, the_limit_of_events_ends_the_connection) {
  constexpr std::size_t most = 5000;
  const auto end = play(endless_tiny_chunks,
                        std::string(get) +
                            "  - expect: {event: {http.response: {}}}\n"
                            "  - expect: {within: 12s, event: {http.body: {contains: never}}, "
                            "violates: [right]}\n",
                        {64UL * 1024U * 1024U, most});
  EXPECT_EQ(end.result.is, verdict::fail) << end.result.error_text;
  EXPECT_TRUE(limited(end));
  EXPECT_LT(decoded(end), most + 64UL * 1024U) << "at most what one read holds comes on top";
  EXPECT_LT(end.result.duration, 10s) << "the limit ends the wait, not the deadline";
  EXPECT_EQ(end.result.close_by, "halley");
  EXPECT_EQ(end.result.close_how, "rst");
}

TEST(hostile_target, the_limit_of_octets_ends_the_connection) {
  const auto end = play(endless_body,
                        std::string(get) +
                            "  - expect: {event: {http.response: {}}}\n"
                            "  - expect: {within: 12s, event: {http.end: {}}, violates: [right]}\n",
                        {1024UL * 1024U, 100'000});
  EXPECT_EQ(end.result.is, verdict::fail) << end.result.error_text;
  EXPECT_TRUE(limited(end));
  EXPECT_LT(end.result.duration, 10s);
}

// A server that Halley plays, and that nobody connects to.

outcome nobody_comes(const std::string& step) {
  const auto what = only_instance(
      "scenario: 1\nid: hostile/origin\ntitle: x\nsut: proxy\n"
      "requirements: {right: {ref: r, level: MUST, says: s}}\n"
      "actors: {origin: {plays: server, listen: auto}}\nsteps:\n" +
      step);
  boost::asio::io_context context;
  transport::tcp_runtime world(context, 1);
  return played_to_the_end(context, play_against(world, never_answers, what, {}));
}

TEST(hostile_target, that_nobody_connects_violates_what_the_expectation_says) {
  for (const char* expectation : {"{within: 50ms, event: {connection: {}}, violates: [right]}",
                                  "{within: 50ms, event: {http.request: {}}, violates: [right]}",
                                  "{within: 50ms, one_of: [{is: a, events: [{http.request: {}}]}, "
                                  "{is: b, events: [{tcp.closed: {}}]}], otherwise: "
                                  "{violates: [right]}}"}) {
    const auto end = nobody_comes("  - {as: origin, expect: " + std::string(expectation) + "}\n");
    EXPECT_EQ(end.result.is, verdict::fail) << expectation << end.result.error_text;
    ASSERT_EQ(end.result.violations.size(), 1U);
    EXPECT_EQ(end.result.violations[0].got, "nobody within 50 ms");
    EXPECT_EQ(end.result.violations[0].step, 1);
  }
}

TEST(hostile_target, that_nobody_connects_is_silence) {
  for (const char* expectation :
       {"{within: 5s, event: {silence: {for: 50ms}}, violates: [right]}",
        "{within: 5s, one_of: [{is: a, events: [{http.request: {}}], violates: [right]}, "
        "{is: b, events: [{silence: {for: 50ms}}]}], otherwise: {violates: [right]}}"}) {
    const auto end = nobody_comes("  - {as: origin, expect: " + std::string(expectation) + "}\n");
    EXPECT_EQ(end.result.is, verdict::pass) << expectation << end.result.error_text;
  }
  const auto wrong = nobody_comes(
      "  - {as: origin, expect: {within: 5s, one_of: [{is: a, events: [{http.request: {}}]}, "
      "{is: b, events: [{silence: {for: 50ms}}], violates: [right]}], otherwise: "
      "{violates: [right]}}}\n");
  EXPECT_EQ(wrong.result.is, verdict::fail) << wrong.result.error_text;
  ASSERT_EQ(wrong.result.violations.size(), 1U);
  EXPECT_EQ(wrong.result.violations[0].got, "nobody connects");
}

TEST(hostile_target, that_nobody_connects_blocks_a_plain_accept) {
  const auto end = nobody_comes(
      "  - {as: origin, accept: {within: 50ms}}\n"
      "  - {as: origin, expect: {event: {http.request: {}}, violates: [right]}}\n");
  EXPECT_EQ(end.result.is, verdict::skip);
  EXPECT_EQ(end.result.skip_reason, "blocked");
}

}  // namespace
}  // namespace halley::engine
