#include "inspect/clean_scan.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "capture/flow_sink.hpp"
#include "checks/all_checks.hpp"
#include "checks/finding.hpp"
#include "checks/written_breaches.hpp"
#include "checks/written_trace.hpp"
#include "trace/event.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/websocket_handshake.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::inspect {
namespace {

using namespace std::chrono_literals;
using capture::side;
using checks::written::frame;
using checks::written::request;
using checks::written::response;
using checks::written::switching;
using checks::written::upgrade;
using wire::opcode;

/// What the client and the server say, in turn.
using talk = std::vector<std::pair<side, octets>>;

struct scanned {
  bool clear = false;
  std::string protocol;
  std::array<std::uint64_t, 8> counts{};  // heads, frames, messages, events: client, server
};

scanned result_of(const clean_scan& scan) {
  const flow_figures& got = scan.figures();
  return {.clear = scan.clear(),
          .protocol = std::string(got.protocol),
          .counts = {got.client.heads, got.server.heads, got.client.frames, got.server.frames,
                     got.client.messages, got.server.messages, got.client.sse_events,
                     got.server.sse_events}};
}

capture::flow_opening whole_flow() {
  capture::flow_opening opening;
  opening.whole = true;
  return opening;
}

/// `piece`: into how many octets each turn is cut; 0 = not at all.
scanned scan(const talk& said, std::size_t piece = 0, bool ends = true) {
  clean_scan one(whole_flow());
  std::int64_t tick = 0;
  const auto now = [&] { return capture::moment{1, std::chrono::nanoseconds(++tick)}; };
  for (const auto& [from, data] : said) {
    for (std::size_t at = 0; at < data.size();) {
      const std::size_t size = piece == 0 ? data.size() : std::min(piece, data.size() - at);
      // A heap buffer of exactly this size: a sanitizer sees an over-read by one octet.
      const std::vector<char> part(data.begin() + static_cast<std::ptrdiff_t>(at),
                                   data.begin() + static_cast<std::ptrdiff_t>(at + size));
      one.data(from, octet_view(part.data(), part.size()), now());
      at += size;
    }
  }
  if (ends) {
    one.fin(side::server, now());
    one.fin(side::client, now());
  }
  return result_of(one);
}

/// Whether the exact way finds anything: a fault of the wire, or a finding about either side.
bool is_faulty(const talk& said) {
  for (const bool target_is_client : {false, true}) {
    const checks::context about{.target_is_client = target_is_client};
    checks::written::turns turns;
    for (const auto& [from, data] : said)
      turns.emplace_back(
          (from == side::client) == target_is_client ? checks::written::in : checks::written::out,
          data);
    const auto events = checks::written::trace_of(turns, about);
    if (!checks::judge(events, about).empty()) return true;
    for (const trace::event& one : events) {
      if (std::holds_alternative<trace::wire_fault>(one.what)) return true;
      const auto* tunnel = std::get_if<trace::tunnel_open>(&one.what);
      if (tunnel != nullptr && tunnel->protocol == "unknown") return true;
    }
  }
  return false;
}

talk talk_of(const checks::written::turns& said, const checks::context& about) {
  talk result;
  for (const auto& [dir, data] : said) {
    const bool by_target = dir == checks::written::in;
    result.emplace_back(by_target == about.target_is_client ? side::client : side::server, data);
  }
  return result;
}

octets masked(opcode code, octet_view payload, std::uint8_t key, bool fin = true) {
  wire::websocket_frame one;
  one.fin = fin;
  one.code = code;
  one.payload = payload;
  one.mask = {key, 0xA5, 3, 0x80};
  return wire::encode(one);
}

octets chunked(octet_view body) {
  return response("Transfer-Encoding: chunked\r\nContent-Type: text/plain\r\n") + octets(body);
}

/// Flows that are clear, with what is counted in them.
struct good_flow {
  std::string protocol;
  talk said;
  std::array<std::uint64_t, 8> counts{};
};

std::vector<good_flow> good_flows() {
  constexpr side c = side::client;
  constexpr side s = side::server;
  const octets events = "Content-Type: text/event-stream; charset=utf-8\r\n";
  const octets stream = ": hi\n\nid: 7\ndata: \xc3\xa9\ndata\n\nretry: 10\r\nevent: x\r\n\r\n";
  return {
      {"", {}, {}},
      {"http", {{c, request()}, {s, response()}}, {1, 1}},
      {"http", {{c, request() + request()}, {s, response()}, {s, response()}}, {2, 2}},
      {"http",
       {{c, request("Content-Length: 5\r\nConnection: close\r\n", "POST /a?b HTTP/1.1") + "hello"},
        {s, "HTTP/1.1 100 Continue\r\n\r\n" + response("Connection: close\r\n") + "until the end"}},
       {1, 2}},
      {"http",
       {{c, request("Transfer-Encoding: chunked\r\n", "PUT / HTTP/1.1") + "3\r\nabc\r\n0\r\n\r\n"},
        {s, chunked("A\r\n0123456789\r\n00\r\n\r\n")},
        {c, request("", "HEAD / HTTP/1.1")},
        {s, response("Content-Length: 9\r\n")},
        {c, request("", "DELETE / HTTP/1.1")},
        {s, response("", "HTTP/1.1 204 ")}},
       {3, 3}},
      {"http",
       {{c, upgrade()},
        {s, response()},
        {c, request()},
        {s, response("Content-Length: 1\r\n") + "x"}},
       {2, 2}},
      {"sse", {{c, request()}, {s, response(events) + stream}}, {1, 1, 0, 0, 0, 0, 0, 1}},
      {"sse",
       {{c, request()},
        {s, response(events + "Transfer-Encoding: chunked\r\n") +
                "e\r\ndata: abc\ndata\r\n7\r\n:\xc3\xa9\n\n: \r\n1\r\n\n\r\n0\r\n\r\n"}},
       {1, 1, 0, 0, 0, 0, 0, 1}},
      {"websocket",
       {{c, upgrade("Sec-WebSocket-Extensions: permessage-deflate\r\n")},
        {s, switching() + frame(opcode::text, "h\xc3", false) + frame(opcode::ping, "x") +
                frame(opcode::continuation, "\xa9")},
        {c, masked(opcode::pong, "x", 1) + masked(opcode::text, "h\xc3", 2, false) +
                masked(opcode::continuation, "\xa9 and more than eight octets", 3) +
                masked(opcode::binary, octets(300, '\xff'), 4)},
        {s, frame(opcode::binary, octets(70000, '\xff')) +
                frame(opcode::close, wire::close_body(1000, "bye"))},
        {c, masked(opcode::close, wire::close_body(1000, ""), 5)}},
       {1, 1, 5, 5, 2, 2}},
  };
}

TEST(clean_scan, plain_flows_are_clear_and_counted_however_they_are_cut) {
  for (const good_flow& one : good_flows()) {
    ASSERT_FALSE(is_faulty(one.said)) << one.said.back().second;
    for (const std::size_t piece : {0U, 1U, 2U, 3U, 5U, 7U, 11U, 64U, 1000U}) {
      const scanned got = scan(one.said, piece);
      EXPECT_TRUE(got.clear) << one.said.back().second << " in pieces of " << piece;
      EXPECT_EQ(got.protocol, one.protocol);
      EXPECT_EQ(got.counts, one.counts) << one.said.back().second << piece;
    }
  }
}

TEST(clean_scan, no_written_breach_is_clear) {
  for (const auto& one : checks::written::breaches()) {
    const talk said = talk_of(one.said, one.about);
    for (const std::size_t piece : {0U, 1U, 3U}) {
      EXPECT_FALSE(scan(said, piece).clear) << one.rule;
      EXPECT_FALSE(scan(said, piece, false).clear) << one.rule;
    }
  }
}

/// Every octet of every good flow, changed, doubled, left out; and every end cut off.
TEST(clean_scan, whatever_the_exact_way_objects_to_is_not_clear) {
  std::vector<talk> flows;
  for (const good_flow& one : good_flows())
    if (!one.said.empty()) flows.push_back(one.said);
  for (const auto& [about, said] : checks::written::good_traffic())
    flows.push_back(talk_of(said, about));
  std::size_t faulty = 0;
  std::size_t clear = 0;
  const auto judge = [&](const talk& said) {
    const bool is_clear = scan(said).clear;
    clear += is_clear ? 1 : 0;
    if (!is_clear) return;
    const bool objects = is_faulty(said);
    faulty += objects ? 1 : 0;
    EXPECT_FALSE(objects) << testing::PrintToString(said.back().second.substr(0, 2000));
  };
  random_source random(7);
  constexpr std::array<std::uint8_t, 6> changes = {0x01, 0x10, 0x20, 0x40, 0x80, 0x0D ^ 0x0A};
  for (const talk& whole : flows) {
    for (std::size_t turn = 0; turn < whole.size(); ++turn) {
      const std::size_t size = std::min<std::size_t>(whole[turn].second.size(), 1200);
      for (std::size_t at = 0; at < size; ++at) {
        for (const std::uint8_t change : changes) {
          talk said = whole;
          said[turn].second[at] = static_cast<char>(octet_at(said[turn].second, at) ^ change);
          judge(said);
        }
        talk said = whole;
        said[turn].second[at] = static_cast<char>(random.below(256));
        judge(said);
        said = whole;
        said[turn].second.erase(at, 1);
        judge(said);
        said = whole;
        said[turn].second.insert(at, 1, said[turn].second[at]);
        judge(said);
        said.resize(turn + 1);
        said[turn].second = whole[turn].second.substr(0, at);
        judge(said);
      }
    }
  }
  EXPECT_GT(clear, 500);  // else this would show nothing
}

/// Pieces of messages in any order: mostly nonsense, and some of it good.
TEST(clean_scan, no_mixture_that_the_exact_way_objects_to_is_clear) {
  const std::vector<octets> words = {request(),
                                     response(),
                                     upgrade(),
                                     switching(),
                                     "GET / HTTP/1.1\r\n",
                                     "Host: a\r\n",
                                     "\r\n",
                                     "HTTP/1.1 200 OK\r\n",
                                     "HTTP/1.1 204 No\r\n",
                                     "HTTP/1.1 101 Go\r\n",
                                     "Content-Length: 3\r\n",
                                     "Transfer-Encoding: chunked\r\n",
                                     "Connection: close\r\n",
                                     "Connection: Upgrade\r\n",
                                     "Upgrade: websocket\r\n",
                                     "Content-Type: text/event-stream\r\n",
                                     "3\r\n",
                                     "abc",
                                     "0\r\n\r\n",
                                     "data: x\n",
                                     "\n",
                                     frame(opcode::text, "abc"),
                                     frame(opcode::close, ""),
                                     masked(opcode::text, "abc", 1),
                                     masked(opcode::text, "abc", 2),
                                     masked(opcode::close, "", 3),
                                     frame(opcode::ping, "")};
  random_source random(11);
  std::size_t clear = 0;
  for (int round = 0; round < 30000; ++round) {
    talk said;
    if (random.below(2) == 0) said = {{side::client, random.below(2) == 0 ? upgrade() : request()}};
    if (!said.empty() && random.below(2) == 0)
      said.emplace_back(side::server, random.below(2) == 0 ? switching() : response());
    for (std::uint64_t count = random.below(5); count > 0; --count)
      said.emplace_back(random.below(2) == 0 ? side::client : side::server,
                        words[random.below(words.size())]);
    if (said.empty() || !scan(said).clear) continue;
    ++clear;
    EXPECT_FALSE(is_faulty(said)) << testing::PrintToString(said);
  }
  EXPECT_GT(clear, 300);
}

TEST(clean_scan, gaps_and_missing_starts_are_never_clear) {
  clean_scan gap(whole_flow());
  gap.data(side::client, request(), {});
  gap.gap(side::server, 9, {});
  EXPECT_FALSE(gap.clear());
  EXPECT_EQ(gap.figures().server.octets, 9);
  clean_scan late({});
  late.data(side::client, request(), {});
  EXPECT_FALSE(late.clear());
}

TEST(clean_scan, other_protocols_are_named_and_left_to_the_judge) {
  const std::vector<std::pair<octets, std::string>> rows = {
      {octets("\x16\x03\x01\0\x05", 5), "tls"},
      {"SSH-2.0-x\r\n", "unknown"},
      {request("", "CONNECT a:1 HTTP/1.1"), "tunnel"},
  };
  for (const auto& [data, protocol] : rows) {
    const scanned got = scan({{side::client, data}});
    EXPECT_FALSE(got.clear) << protocol;
    EXPECT_EQ(got.protocol, protocol);
  }
}

TEST(clean_scan, answers_echoes_and_events_are_timed) {
  clean_scan one(whole_flow());
  const auto at = [](std::chrono::nanoseconds t) { return capture::moment{1, t}; };
  one.data(side::client, upgrade(), at(1ms));
  one.data(side::server, switching(), at(3ms));
  one.data(side::client, masked(opcode::text, "abc", 1), at(10ms));
  one.data(side::server, frame(opcode::text, "other"), at(11ms));
  one.data(side::server, frame(opcode::text, "abc"), at(14ms));
  const flow_figures& got = one.figures();
  EXPECT_EQ(got.response.count(), 1);
  EXPECT_EQ(got.response.max(), 2ms);
  EXPECT_EQ(got.echo.count(), 1);
  EXPECT_EQ(got.echo.min(), 4ms);
  EXPECT_EQ(got.first, 0ns);
  EXPECT_EQ(got.last, 14ms);

  clean_scan stream(whole_flow());
  stream.data(side::client, request(), at(0ms));
  stream.data(side::server, response("Content-Type: text/event-stream\r\n"), at(1ms));
  for (int i = 1; i < 4; ++i)
    stream.data(side::server, "data: x\n\n", at(i * 500ms));
  EXPECT_EQ(stream.figures().sse_gap.count(), 2);
  EXPECT_EQ(stream.figures().sse_gap.min(), 500ms);
}

TEST(span_counts, each_step_names_what_was_counted_within_seven_percent) {
  for (const auto span : {2us, 5us, 97us, 1000us, 123'456us, 7'000'000us, 3'000'000'000us}) {
    span_counts one;
    one.add(span);
    std::uint64_t steps = 0;
    one.each([&](std::chrono::nanoseconds middle, std::uint64_t count) {
      ++steps;
      EXPECT_EQ(count, 1);
      EXPECT_NEAR(static_cast<double>(middle.count()), static_cast<double>(span.count()) * 1000,
                  static_cast<double>(span.count()) * 70);
    });
    EXPECT_EQ(steps, 1);
  }
  span_counts outside;
  outside.add(-5ns);
  outside.add(900h);
  EXPECT_EQ(outside.count(), 2);
  EXPECT_EQ(outside.min(), 0ns);
  EXPECT_EQ(outside.max(), 900h);
}

}  // namespace
}  // namespace halley::inspect
