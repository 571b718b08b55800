#include "checks/all_checks.hpp"

#include "base/bytes.hpp"
#include "checks/finding.hpp"
#include "checks/written_breaches.hpp"
#include "checks/written_trace.hpp"
#include "trace/event.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/wire_error.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <cstdint>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace halley::checks {
namespace {

using namespace written;
using wire::opcode;

TEST(checks, each_written_breach_is_found_and_nothing_else) {
  for (const breach& one : breaches()) {
    const auto found = judge(trace_of(one.said, one.about), one.about);
    EXPECT_EQ(ids(found), std::vector{one.rule}) << one.said.back().second;
  }
}

TEST(checks, every_rule_has_a_written_breach) {
  std::set<std::string> shown;
  for (const breach& one : breaches())
    shown.insert(one.rule);
  for (const check& one : all_checks())
    for (const rule& each : one.rules)
      EXPECT_TRUE(shown.contains(each.id)) << one.name << ": " << each.id;
}

TEST(checks, every_rule_is_named_once_and_says_where_it_stands) {
  static const std::regex form("(rfc9110|rfc9112|rfc6455|rfc7692|html-sse)/[a-z0-9][a-z0-9.-]*");
  std::set<std::string> names;
  for (const check& one : all_checks()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_FALSE(one.rules.empty()) << one.name;
    std::set<std::string> mine;
    for (const rule& each : one.rules) {
      EXPECT_TRUE(std::regex_match(each.id, form)) << each.id;
      // A rule may have a row for either side, but it belongs to one check.
      if (mine.insert(each.id).second) {
        EXPECT_TRUE(names.insert(each.id).second) << each.id;
      }
      EXPECT_FALSE(each.ref.empty()) << each.id;
      EXPECT_TRUE(each.says.ends_with('.')) << each.id;
    }
  }
}

TEST(checks, findings_say_what_was_expected_and_what_came_instead) {
  const auto found =
      judge(trace_of(answered("A : \x1b[31m\r\nContent-Length: 0\r\n"), server), server);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].broken.id, "rfc9112/5.1-space-before-colon");
  EXPECT_EQ(found[0].expected, "the colon right behind the field name");
  EXPECT_NE(found[0].got.find("Octets: \" \""), std::string::npos) << found[0].got;
  EXPECT_EQ(found[0].conn, "c1");
  EXPECT_EQ(found[0].dir, trace::direction::in);
  EXPECT_EQ(found[0].off, 18U);
  EXPECT_EQ(found[0].len, 1U);
  for (const finding& one : found)
    EXPECT_EQ(one.got.find('\x1b'), std::string::npos) << one.got;
}

TEST(checks, a_rule_is_reported_once_with_its_count) {
  const auto found =
      judge(trace_of(on_websocket(masked("a", {1, 2, 3, 4}) + masked("b", {5, 6, 7, 8})), server),
            server);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].got.ends_with("(2 times on this connection)")) << found[0].got;
  EXPECT_EQ(found[0].off, switching().size() + 1);
}

TEST(checks, one_octet_is_accused_once) {
  // Reserved bit, reserved opcode and a fragmented control frame, all in the first octet.
  const auto found = judge(trace_of(on_websocket(octets("\x2b\0", 2)), server), server);
  EXPECT_EQ(ids(found), std::vector<std::string>{"rfc6455/5.2-rsv"});
  // A blank line that is a bare LF as well.
  const turns blank = {{out, request()}, {in, "\n" + response()}};
  EXPECT_EQ(ids(judge(trace_of(blank, server), server)),
            std::vector<std::string>{"rfc9112/2.1-blank-before-status-line"});
}

TEST(checks, good_traffic_has_no_findings) {
  for (const auto& [about, said] : good_traffic())
    for (const finding& one : judge(trace_of(said, about), about))
      ADD_FAILURE() << one.broken.id << ": " << one.got << "\n" << said.back().second;
}

TEST(checks, what_halley_sends_is_never_judged) {
  for (const breach& one : breaches()) {
    turns reversed = one.said;
    for (auto& [dir, data] : reversed)
      dir = dir == in ? out : in;
    const context about{.target_is_client = !one.about.target_is_client};
    for (const finding& found : judge(trace_of(reversed, about), about))
      ADD_FAILURE() << one.rule << " of ours gave " << found.broken.id << ": " << found.got;
  }
}

/// Deliberate nonsense of Halley, and what a target may answer to it.
TEST(checks, nonsense_of_ours_accuses_nobody) {
  const octets bad_request =
      response("Connection: close\r\nContent-Length: 0\r\n", "HTTP/1.1 400 Bad");
  const std::vector<std::pair<context, turns>> cases = {
      {server, {{out, "\x16\x03\x01"}, {in, bad_request}}},
      {server,
       {{out, request() + "GET /\nx\r\n\r\n"}, {in, response() + bad_request + bad_request}}},
      {server, {{out, "GET / HTTP/1.1\r\nHo"}, {in, bad_request}}},
      // The subprotocols were offered in a form that can be read in two ways.
      {server,
       answered_handshake("Sec-WebSocket-Protocol: a b\r\n", "Sec-WebSocket-Protocol: a\r\n")},
      // No key, so that no accept value is right.
      {server,
       {{out, request("Connection: Upgrade\r\nUpgrade: websocket\r\n")}, {in, switching()}}},
      {server,
       answered_handshake("Sec-WebSocket-Extensions: permessage-deflate; x=y\r\n", deflate)},
      // An extension that we offered and cannot read.
      {server,
       on_websocket(frame(opcode::text, "x", true, 2), "Sec-WebSocket-Extensions: x-foo\r\n")},
      {server, on_websocket(frame(opcode::text, "\xFF"), "Sec-WebSocket-Extensions: x-foo\r\n")},
      // What is no request may have offered it.
      {server,
       {{out, "\r" + upgrade()},
        {in, switching("Sec-WebSocket-Extensions: permessage-deflate; "
                       "server_max_window_bits=010\r\n") +
                 frame(opcode::text, octets(1, '\0'), true, 4)}}},
      // The echo of a code of ours.
      {server,
       {{out, upgrade()}, {in, switching()}, {out, close_frame(2000)}, {in, close_frame(2000)}}},
      // A client that we answered wrongly.
      {client,
       {{in, upgrade()},
        {out, response("Connection: Upgrade\r\nUpgrade: websocket\r\n", "HTTP/1.1 101 Go")},
        {in, "garbage"}}},
      // Octets that were sent before our refusal came.
      {server, {{out, upgrade() + masked("x", {1, 2, 3, 4})}, {in, response() + bad_request}}},
  };
  for (const auto& [about, said] : cases)
    for (const finding& one : judge(trace_of(said, about), about))
      ADD_FAILURE() << one.broken.id << ": " << one.got << "\n" << said.front().second;
}

RC_GTEST_PROP(checks, no_octets_upset_them, (bool target_is_client)) {
  const std::vector<octets> words = {
      request(), response(), upgrade(),    switching(),       "0\r\n\r\n", "\x81\x85xxxx",
      "\n",      "\xff",     "A : b\r\n ", close_frame(1005), "1;\r\n",    "HTTP/1.1 204\r\n\r\n"};
  const auto chosen = *rc::gen::container<std::vector<std::pair<bool, std::size_t>>>(
      rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::inRange<std::size_t>(0, words.size())));
  turns said;
  for (const auto& [incoming, word] : chosen)
    said.emplace_back(incoming ? in : out, words[word]);
  const context about{.target_is_client = target_is_client};
  std::set<std::string> seen;
  for (const finding& one : judge(trace_of(said, about), about)) {
    RC_ASSERT(one.dir == in);
    RC_ASSERT(seen.insert(one.broken.id).second);
    RC_ASSERT(!one.expected.empty() && !one.got.empty());
  }
}

// As many as the judge of captures keeps. Each asks for the event that it belongs to: were each to
// search for it alone, this would take minutes.
TEST(checks, faults_without_end_are_judged_in_one_go) {
  constexpr std::uint64_t many = 200'000;
  const std::vector<std::pair<wire::wire_error, std::vector<std::string>>> cases = {
      {wire::wire_error::frame_after_close, {}},  // no frame follows that would be one
      {wire::wire_error::bad_close_code, {}},     // no Close frame that would have the code
      {wire::wire_error::bad_content_length, {"rfc9110/8.6-content-length"}},
  };
  for (const auto& [error, broken] : cases) {
    std::vector<trace::event> events(many);
    for (std::uint64_t i = 0; i < many; ++i) {
      events[i].dir = in;
      events[i].off = 2 * i;
      events[i].len = 1;
      events[i].what = trace::wire_fault{error};
    }
    EXPECT_EQ(ids(judge(events, {})), broken);
  }
}

}  // namespace
}  // namespace halley::checks
