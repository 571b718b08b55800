#include "inspect/flow_judge.hpp"

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "checks/all_checks.hpp"
#include "checks/finding.hpp"
#include "checks/written_trace.hpp"
#include "inspect/talk_test_support.hpp"
#include "inspect/verdict.hpp"
#include "trace/event.hpp"
#include "wire/deflate.hpp"
#include "wire/websocket_frame.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halley::inspect {
namespace {

using captured::accusations;
using captured::client;
using captured::said;
using captured::server;
using captured::verdict_of;
using checks::written::close_frame;
using checks::written::frame;
using checks::written::masked;
using checks::written::request;
using checks::written::response;
using checks::written::switching;
using checks::written::upgrade;
using wire::opcode;

using names = std::vector<std::string>;

constexpr const char* deflate = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

octets chunked(octet_view body) {
  return response("Transfer-Encoding: chunked\r\n") + octets(body);
}

/// A WebSocket on which both sides have shaken hands.
std::vector<said> on_websocket(std::vector<said> more, octet_view extensions = "") {
  std::vector<said> all = {{client, upgrade(extensions)}, {server, switching(extensions)}};
  std::ranges::move(more, std::back_inserter(all));
  return all;
}

octets client_frame(octet_view payload) {
  return masked(payload, {1, 2, 3, 4});
}

octets deflated(octet_view text, bool fin = true) {
  wire::deflater make(15, false);
  return frame(opcode::text, make.deflate(text), fin, 4);
}

struct accusation_case {
  const char* what;
  std::vector<said> said_so;
  names found;
};

std::vector<accusation_case> violations() {
  wire::websocket_frame plain;
  plain.payload = "abc";
  return {
      {"a server masks",
       on_websocket({{server, client_frame("abc")}}),
       {"server rfc6455/5.1-server-unmasked"}},
      {"a client does not mask",
       on_websocket({{client, frame(opcode::text, "abc")}}),
       {"client rfc6455/5.1-client-masked"}},
      {"a reserved bit",
       on_websocket({{server, frame(opcode::text, "abc", true, 2)}}),
       {"server rfc6455/5.2-rsv"}},
      {"a reserved opcode",
       on_websocket({{server, frame(opcode{3}, "abc")}}),
       {"server rfc6455/5.2-opcode"}},
      {"a long ping",
       on_websocket({{server, frame(opcode::ping, octets(126, 'x'))}}),
       {"server rfc6455/5.5-control-length"}},
      {"a ping in parts",
       on_websocket({{server, frame(opcode::ping, "x", false)}}),
       {"server rfc6455/5.5-control-fragmented"}},
      {"a continuation of nothing",
       on_websocket({{server, frame(opcode::continuation, "x")}}),
       {"server rfc6455/5.4-continuation"}},
      {"text that is no UTF-8",
       on_websocket({{server, frame(opcode::text, "a\xff")}}),
       {"server rfc6455/5.6-utf-8"}},
      {"a forbidden close code",
       on_websocket({{server, close_frame(1005)}}),
       {"server rfc6455/7.4.1-forbidden-code"}},
      {"data behind Close",
       on_websocket({{server, close_frame(1000) + frame(opcode::text, "x")}}),
       {"server rfc6455/5.5.1-data-after-close"}},
      {"a wrong accept value",
       {{client, upgrade()},
        {server, response("Connection: Upgrade\r\nUpgrade: websocket\r\n"
                          "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n",
                          "HTTP/1.1 101 Switching Protocols")}},
       {"server rfc6455/4.2.2-accept"}},
      {"a chunk size that is none",
       {{client, request()}, {server, chunked("zz\r\n")}},
       {"server rfc9112/7.1-chunk-size"}},
      {"lines that end with LF",
       {{client, "GET / HTTP/1.1\nHost: a\r\n\r\n"}, {server, response()}},
       {"client rfc9112/2.2-bare-lf"}},
      {"no Host",
       {{client, "GET / HTTP/1.1\r\n\r\n"}, {server, response()}},
       {"client rfc9112/3.2-host"}},
      {"an event stream in Latin-1",
       {{client, request()},
        {server, response("Content-Type: text/event-stream\r\nContent-Length: 10\r\n") +
                     "data: \xe4x\n\n"}},
       {"server html-sse/9.2.5-utf-8"}},
      {"both sides",
       {{client, "GET / HTTP/1.1\r\n\r\n"}, {server, response("", "HTTP/1.1 401 No")}},
       {"client rfc9112/3.2-host", "server rfc9110/15.5.2-www-authenticate"}},
      {"inside a tunnel",
       {{client, request("", "CONNECT b:1 HTTP/1.1")},
        {server, response("", "HTTP/1.1 200 OK")},
        {client, upgrade()},
        {server, switching() + client_frame("abc")}},
       {"server rfc6455/5.1-server-unmasked"}},
      {"a tunnel inside a tunnel, sent ahead of the answer",
       {{client, request("", "CONNECT b:1 HTTP/1.1") + request("", "CONNECT c:1 HTTP/1.1") +
                     "GET / HTTP/1.1\r\n\r\n"},
        {server, response("", "HTTP/1.1 200 OK") + response("", "HTTP/1.1 200 OK") + response()}},
       {"client rfc9112/3.2-host"}},
  };
}

TEST(flow_judge, accuses_who_broke_a_rule) {
  for (const auto& one : violations())
    EXPECT_EQ(accusations(verdict_of(one.said_so)), one.found) << one.what;
}

TEST(flow_judge, any_packets_give_the_same_findings) {
  for (const auto& one : violations()) {
    std::vector<said> octet_by_octet;
    for (const said& part : one.said_so)
      for (const char octet : part.data)
        octet_by_octet.push_back({part.by, octets(1, octet)});
    const auto whole = verdict_of(one.said_so);
    const auto cut = verdict_of(octet_by_octet);
    ASSERT_EQ(accusations(cut), one.found) << one.what;
    for (std::size_t i = 0; i < whole.findings.size(); ++i) {
      EXPECT_EQ(whole.findings[i].off, cut.findings[i].off) << one.what;
      EXPECT_EQ(whole.findings[i].len, cut.findings[i].len) << one.what;
      EXPECT_EQ(whole.findings[i].got, cut.findings[i].got) << one.what;
    }
  }
}

std::vector<accusation_case> clean() {
  return {
      {"a message each way",
       on_websocket({{client, client_frame("hi")}, {server, frame(opcode::text, "hi")}}),
       {}},
      {"compressed", on_websocket({{server, deflated("hi")}}, deflate), {}},
      {"a close", on_websocket({{server, close_frame(1000)}}), {}},
      {"requests in a row",
       {{client, request() + request()},
        {server, response("Content-Length: 2\r\n") + "ab" + chunked("1\r\nx\r\n0\r\n\r\n")}},
       {}},
      {"HEAD",
       {{client, request("", "HEAD / HTTP/1.1") + request()},
        {server, response("Content-Length: 99\r\n") + response()}},
       {}},
      {"an event stream",
       {{client, request()},
        {server, response("Content-Type: text/event-stream\r\n") + "data: x\n\ndata: y\n\n"}},
       {}},
      {"a tunnel to SSH",
       {{client, request("", "CONNECT b:1 HTTP/1.1")},
        {server, response("", "HTTP/1.1 200 OK") + "SSH-2.0-x\r\n"},
        {client, "SSH-2.0-y\r\n"}},
       {}},
      {"SSH", {{server, "SSH-2.0-x\r\n"}, {client, "SSH-2.0-y\r\n"}}, {}},
      {"Redis", {{client, "GET key\r\n"}, {server, "$-1\r\n"}}, {}},
      {"mail", {{server, "220 hello\r\n"}, {client, "EHLO x\r\n"}, {server, "250 x\r\n"}}, {}},
      {"HTTP/2", {{client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}, {server, octets(9, '\0')}}, {}},
      {"RTSP", {{client, "OPTIONS rtsp://a RTSP/1.0\r\n"}, {server, "RTSP/1.0 200 OK\r\n"}}, {}},
      {"silence", {}, {}},
  };
}

TEST(flow_judge, accuses_nobody_of_well_formed_work) {
  for (const auto& one : clean())
    EXPECT_EQ(accusations(verdict_of(one.said_so)), one.found) << one.what;
}

TEST(flow_judge, says_what_it_did_not_judge) {
  const auto ssh = verdict_of({{server, "SSH-2.0-x\r\n"}, {client, "SSH-2.0-y\r\n"}});
  ASSERT_EQ(ssh.not_judged.size(), 1U);
  EXPECT_EQ(ssh.not_judged[0].reason, "this is no HTTP/1.1: ssh");
  EXPECT_EQ(ssh.protocol, "ssh");
  const auto good = verdict_of({{client, request()}, {server, response()}});
  EXPECT_TRUE(good.not_judged.empty());
  EXPECT_EQ(good.protocol, "http");
}

TEST(flow_judge, finds_as_the_live_judge_does) {
  for (const auto& one : violations()) {
    checks::written::turns turns;
    for (const said& part : one.said_so)
      turns.emplace_back(part.by == client ? checks::written::out : checks::written::in, part.data);
    const auto live = checks::judge(checks::written::trace_of(turns, {}), {});
    std::vector<flow_finding> mine;
    for (const flow_finding& found : verdict_of(one.said_so).findings)
      if (found.by == server && found.depth == 0) mine.push_back(found);
    if (one.what == std::string("inside a tunnel")) continue;
    ASSERT_EQ(mine.size(), live.size()) << one.what;
    for (std::size_t i = 0; i < live.size(); ++i) {
      EXPECT_EQ(mine[i].broken.id, live[i].broken.id) << one.what;
      EXPECT_EQ(mine[i].off, live[i].off) << one.what;
      EXPECT_EQ(mine[i].len, live[i].len) << one.what;
      EXPECT_EQ(mine[i].got, live[i].got) << one.what;
    }
  }
}

TEST(flow_judge, points_to_octets_that_were_captured) {
  const octets sent = deflated("\xFF and more that the capture has not");
  const octets captured = sent.substr(0, sent.size() - 3);
  const auto verdict = verdict_of(on_websocket({{server, captured}}, deflate));
  ASSERT_EQ(accusations(verdict), names{"server rfc6455/5.6-utf-8"});
  const auto& one = verdict.findings[0];
  EXPECT_EQ(one.off + one.len, verdict.octets[index_of(server)]);
}

TEST(flow_judge, shows_frame_octets_and_place) {
  const auto verdict = verdict_of(on_websocket({{server, client_frame("abc")}}));
  ASSERT_EQ(verdict.findings.size(), 1U);
  const flow_finding& found = verdict.findings[0];
  EXPECT_EQ(found.frame, 6U);
  EXPECT_EQ(found.off, switching().size() + 1);
  EXPECT_EQ(found.data, "\x83");
  EXPECT_EQ(found.weight, severity::violation);
  EXPECT_EQ(verdict.protocol, "ws");
  EXPECT_EQ(verdict.about, "/");
}

// ---- octets that were not captured

TEST(flow_judge, counts_off_what_is_missing_inside_a_payload) {
  const octets bad = client_frame("abc");
  const octets text = frame(opcode::text, "0123456789");
  const std::vector<accusation_case> cases = {
      {"a frame",
       on_websocket({{server, text.substr(0, 5)}, {server, "", 4}, {server, text.substr(9) + bad}}),
       {"server rfc6455/5.1-server-unmasked"}},
      {"a frame's end",
       on_websocket({{server, text.substr(0, 5)}, {server, "", 7}, {server, bad}}),
       {"server rfc6455/5.1-server-unmasked"}},
      {"a body of known length",
       {{client, request() + request()},
        {server, response("Content-Length: 10\r\n") + "ab"},
        {server, "", 8},
        {server, response("", "HTTP/1.1 401 No")}},
       {"server rfc9110/15.5.2-www-authenticate"}},
      {"a chunk",
       {{client, request()},
        {server, chunked("a\r\nab")},
        {server, "", 7},
        {server, "c\r\nzz\r\n"}},
       {"server rfc9112/7.1-chunk-size"}},
      {"what lasts until the end",
       {{client, request()}, {server, response("")}, {server, "", 9}},
       {}},
  };
  for (const auto& one : cases) {
    const auto verdict = verdict_of(one.said_so);
    EXPECT_EQ(accusations(verdict), one.found) << one.what;
    EXPECT_TRUE(verdict.gaps.at(0).inside_payload) << one.what;
  }
}

TEST(flow_judge, does_not_judge_behind_octets_that_may_hold_a_border) {
  const octets bad = client_frame("abc");
  const octets text = frame(opcode::text, "0123456789");
  const std::vector<accusation_case> cases = {
      {"a whole frame", on_websocket({{server, "", 12}, {server, bad}}), {}},
      {"a frame's end and more",
       on_websocket({{server, text.substr(0, 5)}, {server, "", 8}, {server, bad}}),
       {}},
      {"a head", {{client, request()}, {server, "", 5}, {server, "/1.1 200 OK\n\r\n"}}, {}},
      {"a request before a response",
       {{client, "GET / HT"}, {server, response("", "HTTP/1.1 401 No")}, {client, "", 19}},
       {}},
      {"a chunk's end",
       {{client, request()}, {server, chunked("1\r\n")}, {server, "", 4}, {server, "zz\r\n"}},
       {}},
      {"a Close frame",
       on_websocket({{server, close_frame(1000).substr(0, 3)}, {server, "", 1}, {server, bad}}),
       {}},
  };
  for (const auto& one : cases) {
    const auto verdict = verdict_of(one.said_so);
    EXPECT_EQ(accusations(verdict), one.found) << one.what;
    EXPECT_FALSE(verdict.gaps.at(0).inside_payload) << one.what;
    EXPECT_FALSE(verdict.not_judged.empty()) << one.what;
  }
}

TEST(flow_judge, goes_on_judging_the_other_side_of_a_websocket) {
  const auto verdict = verdict_of(
      on_websocket({{client, "", 20}, {server, client_frame("abc")}, {server, close_frame(1004)}}));
  EXPECT_EQ(accusations(verdict), (names{"server rfc6455/5.1-server-unmasked"}))
      << "a lost Close frame may have had the code 1004";
}

TEST(flow_judge, waits_for_the_request_that_a_response_has_seen) {
  const octets asks = request("", "HEAD / HTTP/1.1");
  const octets answers = response("Content-Length: 5\r\n") + response("", "HTTP/1.1 401 No");
  const names right = {"server rfc9110/15.5.2-www-authenticate"};
  captured::wire swapped;
  swapped.say(client, asks).acknowledge(client, request().size()).say(server, answers);
  EXPECT_EQ(accusations(swapped.say(client, request()).verdict()), right);
  captured::wire unasked;
  unasked.say(server, response()).say(client, request());
  EXPECT_EQ(accusations(unasked.verdict()), (names{"server rfc9112/9.2-unasked-response"}));
  captured::wire lost;
  lost.acknowledge(client, 10).say(server, response()).lose(client, 10);
  EXPECT_EQ(accusations(lost.say(client, request()).verdict()), names{});
  captured::wire never;
  never.acknowledge(client, 10).say(server, response()).lose(server, 5).end(server);
  const auto verdict = never.verdict();
  EXPECT_EQ(accusations(verdict), names{});
  EXPECT_FALSE(verdict.not_judged.empty());
}

TEST(flow_judge, keeps_what_it_saw_before_octets_were_lost) {
  const auto verdict = verdict_of({{client, "GET / HTTP/1.1\r\n\r\n"},
                                   {server, response("", "HTTP/1.1 401 No")},
                                   {client, "", 100},
                                   {server, response("", "HTTP/1.1 407 No")}});
  EXPECT_EQ(accusations(verdict), (names{"client rfc9112/3.2-host"}))
      << "the answer came behind the last request that is known";
}

TEST(flow_judge, does_not_judge_text_of_which_octets_are_missing) {
  const octets text = frame(opcode::text, "0123\xc3\xa4 5678");
  const std::vector<accusation_case> cases = {
      {"inside a character",
       on_websocket({{server, text.substr(0, 4)}, {server, "", 3}, {server, text.substr(7)}}),
       {}},
      {"and in the next message it is judged again",
       on_websocket({{server, text.substr(0, 4)},
                     {server, "", 3},
                     {server, text.substr(7) + frame(opcode::text, "\xff")}}),
       {"server rfc6455/5.6-utf-8"}},
      {"compressed, and ever after",
       on_websocket({{server, deflated("0123456789").substr(0, 4)},
                     {server, "", 2},
                     {server, deflated("0123456789").substr(6) + deflated("0123456789")}},
                    deflate),
       {}},
      {"an event stream",
       {{client, request()},
        {server,
         response("Content-Type: text/event-stream\r\nContent-Length: 11\r\n") + "data: \xc3"},
        {server, "", 1},
        {server, "\xa4\n\n"}},
       {}},
  };
  for (const auto& one : cases)
    EXPECT_EQ(accusations(verdict_of(one.said_so)), one.found) << one.what;
}

TEST(flow_judge, judges_a_connection_that_begins_before_the_capture_with_less_weight) {
  const auto at_a_message =
      verdict_of({{client, "GET / HTTP/1.1\r\n\r\n"}, {server, response()}}, false);
  ASSERT_EQ(accusations(at_a_message), (names{"client rfc9112/3.2-host"}));
  EXPECT_EQ(at_a_message.findings[0].weight, severity::info);
  for (const std::vector<said>& all : std::vector<std::vector<said>>{
           {{server, response()}, {client, request()}},
           {{client, "st: a\r\n\r\n"}, {server, response()}},
           {{client, "x\nGET / HTTP/1.1\r\n\r\n"}, {server, response()}},
           {{client, request()}, {server, "rest of a body\r\nHTTP/1.1 200 OK\r\n\r\n"}},
           {{client, client_frame("x")}, {server, frame(opcode::text, "x")}}}) {
    const auto verdict = verdict_of(all, false);
    EXPECT_TRUE(verdict.findings.empty());
    EXPECT_FALSE(verdict.not_judged.empty());
  }
}

/// Well-formed work of all kinds, from the client and from the server.
std::vector<said> long_work() {
  std::vector<said> all = {
      {client, request("", "CONNECT b:1 HTTP/1.1")},
      {server, response("", "HTTP/1.1 200 OK")},
      {client, request() + request("", "HEAD / HTTP/1.1")},
      {server,
       response("Content-Length: 12\r\n") + "hello world!" + response("Content-Length: 12\r\n")},
      {client, request()},
      {server, response("Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n") +
                   "b\r\ndata: \xc3\xa4x\n\n\r\n8\r\ndata: y\n\r\n1\r\n\n\r\n0\r\n\r\n"},
      {client, upgrade(deflate)},
      {server, switching(deflate)},
  };
  for (std::uint8_t i = 0; i < 20; ++i) {
    all.push_back({client, masked("\xc3\xa4 and so on", {i, 2, 3, 4})});
    all.push_back({server, frame(opcode::text, "\xc3\xa4 and so on", false) +
                               frame(opcode::ping, "p") + frame(opcode::continuation, "\xc3\xa4") +
                               deflated("again and again and again")});
  }
  all.push_back({server, close_frame(1000, "bye")});
  return all;
}

TEST(flow_judge, finds_nothing_in_the_work_that_is_cut_below) {
  EXPECT_EQ(accusations(verdict_of(long_work())), names{});
}

RC_GTEST_PROP(flow_judge, lost_octets_never_make_a_finding, ()) {
  captured::wire it;
  for (const said& part : long_work()) {
    octet_view rest = part.data;
    while (!rest.empty()) {
      const auto size = std::min(rest.size(), *rc::gen::inRange<std::size_t>(1, 40));
      if (*rc::gen::inRange(0, 12) == 0)
        it.lose(part.by, size);
      else
        it.say(part.by, rest.substr(0, size));
      rest.remove_prefix(size);
    }
  }
  const auto verdict = it.end(client).end(server).verdict();
  RC_ASSERT(accusations(verdict) == names{});
}

RC_GTEST_PROP(flow_judge, no_octets_upset_it, (bool whole)) {
  const std::vector<octets> words = {request(),
                                     upgrade(),
                                     switching(),
                                     response(),
                                     "0\r\n\r\n",
                                     client_frame("x"),
                                     frame(opcode::text, "x"),
                                     "\x16\x03\x01",
                                     request("", "CONNECT a:1 HTTP/1.1"),
                                     response("", "HTTP/1.1 200 OK"),
                                     "junk",
                                     "\r\n"};
  captured::wire it(whole);
  const auto steps = *rc::gen::inRange(0, 30);
  std::uint64_t sum = 0;
  for (int i = 0; i < steps; ++i) {
    const auto by = *rc::gen::element(client, server);
    const auto what = *rc::gen::inRange(0, 8);
    if (what == 0) {
      const auto count = *rc::gen::inRange<std::uint64_t>(1, 200'000);
      it.lose(by, count);
      sum += count;
    } else if (what == 1) {
      it.end(by);
    } else {
      const octets data = *rc::gen::elementOf(words);
      it.say(by, data);
      sum += data.size();
    }
  }
  const auto verdict = it.verdict();
  RC_ASSERT(verdict.octets[0] + verdict.octets[1] == sum);
}

// ---- bounds

TEST(flow_judge, remembers_no_more_than_the_checks_ask_for) {
  captured::wire it;
  it.say(client, upgrade()).say(server, switching());
  for (std::uint32_t i = 0; i < 300'000; ++i) {
    const auto low = static_cast<std::uint8_t>(i);
    it.say(client, masked("x", {low, static_cast<std::uint8_t>(i >> 8U), 1, 1}));
  }
  it.say(client, frame(opcode::text, "x"));
  const auto verdict = it.verdict();
  EXPECT_EQ(accusations(verdict), (names{"client rfc6455/5.1-client-masked"}));
  EXPECT_TRUE(verdict.not_judged.empty()) << "all of it was judged";
}

TEST(flow_judge, says_where_it_stopped_keeping) {
  captured::wire it;
  for (int i = 0; i < 60'000; ++i)
    it.say(client, request("X: y\r\n")).say(server, response());
  const auto verdict = it.verdict();
  ASSERT_EQ(verdict.not_judged.size(), 1U);
  EXPECT_EQ(verdict.not_judged[0].reason, "more happens on this connection than is kept");
}

}  // namespace
}  // namespace halley::inspect
