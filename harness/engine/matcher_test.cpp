#include "engine/matcher.hpp"

#include "base/bytes.hpp"
#include "clock/clock.hpp"
#include "engine/event_fields.hpp"
#include "engine/inbox.hpp"
#include "scenario/scenario.hpp"
#include "scenario/value.hpp"
#include "trace/conversation.hpp"
#include "trace/event.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/websocket_handshake.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::engine {
namespace {

using namespace std::chrono_literals;
using outcome = choice::outcome;
using op = scenario::match::op;
using scenario::value;
using trace::direction;

constexpr const char* key = "dGhlIHNhbXBsZSBub25jZQ==";

value text(octets of) {
  return value{std::move(of), {}};
}

/// A pattern and its fields, put together as a scenario file would have it.
class pattern {
public:
  explicit pattern(const std::string& name) { made_.pattern.name = name; }
  pattern& with(const std::string& field, const octets& operand, op how = op::equals) {
    made_.pattern.fields.push_back({field, {how, text(operand)}});
    return *this;
  }
  pattern& header(const std::string& name, const octets& operand) {
    made_.pattern.headers.push_back({name, {op::equals, text(operand)}});
    return *this;
  }
  pattern& trailer(const std::string& name, const octets& operand) {
    made_.pattern.trailers.push_back({name, {op::equals, text(operand)}});
    return *this;
  }
  operator wanted_event() const { return made_; }  // NOLINT(google-explicit-constructor)

private:
  wanted_event made_;
};

wanted_event silence(duration length) {
  wanted_event result;
  result.pattern.name = "silence";
  result.silence = length;
  return result;
}

wanted variant(const std::string& is, std::vector<wanted_event> events) {
  return {is, std::move(events)};
}

/// A connection that Halley, as the client, has asked something on. Every `say` comes 1 ms after
/// the one before.
class target_side {
public:
  explicit target_side(octet_view request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      : talk_(true, [this](trace::event&& one) {
          if (one.dir == direction::in) in.add_event(std::move(one));
        }) {
    if (!request.empty()) talk_.octets_seen(direction::out, request, now);
  }

  target_side& say(octet_view data) {
    now += 1ms;
    in.add_octets(data, now);
    talk_.octets_seen(direction::in, data, now);
    received_ += data.size();
    return *this;
  }
  target_side& in_pieces_of(std::size_t size, octet_view data) {
    for (std::size_t at = 0; at < data.size(); at += size)
      say(data.substr(at, size));
    return *this;
  }
  template <typename End>
  target_side& end(End how) {
    now += 1ms;
    talk_.end_seen(direction::in, now);
    trace::event one;
    one.dir = direction::in;
    one.t = now;
    one.off = received_;
    one.what = how;
    in.add_event(std::move(one));
    return *this;
  }
  target_side& fin() { return end(trace::tcp_fin{}); }
  target_side& rst() { return end(trace::tcp_rst{}); }

  choice among(const std::vector<wanted>& alternatives, bool time_is_up = false) const {
    matching how;
    how.now = now;
    how.time_is_up = time_is_up;
    return choose(in, alternatives, how);
  }
  /// Takes `events` as one alternative. Returns: whether they were all there.
  bool take(std::vector<wanted_event> events) {
    const auto made = among({variant("wanted", std::move(events))});
    if (made.what != outcome::chosen) return false;
    in.move_to(made.how.end);
    body = made.how.body;
    return true;
  }

  inbox in;
  octets body;
  instant now{0};

private:
  trace::conversation talk_;
  std::uint64_t received_ = 0;
};

octets upgrade(octet_view more = "") {
  return "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
         octets(key) + "\r\n" + octets(more) + "\r\n";
}
octets switching() {
  return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Accept: " +
         wire::accept_value(key) + "\r\n\r\n";
}
octets frame(wire::opcode code, const octets& payload, bool fin = true) {
  wire::websocket_frame one;
  one.code = code;
  one.fin = fin;
  one.payload = payload;
  return wire::encode(one);
}
octets chunked(const octets& body) {
  return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

const std::vector<wanted_event> response = {pattern("http.response")};

/// A WebSocket whose handshake was read.
class websocket : public target_side {
public:
  explicit websocket(octet_view rest) : target_side(upgrade()) {
    say(switching() + octets(rest));
    EXPECT_TRUE(take({pattern("http.response").with("status", "101")}));
  }
};

// The four rules.

TEST(matcher, nothing_is_consumed_until_an_alternative_is_chosen) {
  target_side side;
  side.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  const auto before = side.in.position();
  const auto made = side.among(
      {variant("no", {pattern("http.response"), pattern("http.body").with("equals", "ho")}),
       variant("yes", {pattern("http.response"), pattern("http.body").with("equals", "hi")})});
  EXPECT_EQ(made.what, outcome::chosen);
  EXPECT_EQ(made.index, 1U);
  EXPECT_EQ(side.in.position(), before);
  EXPECT_NE(made.how.end, before);
}

TEST(matcher, the_first_alternative_in_file_order_wins) {
  target_side side;
  side.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const auto exact = variant("exact", {pattern("http.response").with("status", "200")});
  const auto any = variant("any", {pattern("http.response")});
  EXPECT_EQ(side.among({exact, any}).index, 0U);
  EXPECT_EQ(side.among({any, exact}).index, 0U);
}

TEST(matcher, an_earlier_alternative_that_can_still_match_holds_back_a_later_one) {
  const std::vector<wanted> both = {
      variant("closes", {pattern("http.response"), pattern("tcp.fin")}),
      variant("answers", {pattern("http.response")})};
  target_side side;
  side.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(side.among(both).what, outcome::undecided);

  const auto late = side.among(both, true);
  EXPECT_EQ(late.what, outcome::chosen);
  EXPECT_EQ(late.index, 1U);

  target_side ruled_out;
  ruled_out.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").rst();
  EXPECT_EQ(ruled_out.among(both).index, 1U);

  side.fin();
  EXPECT_EQ(side.among(both).index, 0U);
}

TEST(matcher, closed_is_fin_or_rst_and_only_the_others_tell_them_apart) {
  struct row {
    bool by_fin;
    const char* pattern;
    bool fits;
  };
  for (const auto& one :
       {row{true, "tcp.closed", true}, row{false, "tcp.closed", true}, row{true, "tcp.fin", true},
        row{false, "tcp.fin", false}, row{true, "tcp.rst", false}, row{false, "tcp.rst", true}}) {
    target_side side;
    if (one.by_fin)
      side.fin();
    else
      side.rst();
    const auto made = side.among({variant("end", {pattern(one.pattern)})});
    EXPECT_EQ(made.what, one.fits ? outcome::chosen : outcome::none) << one.pattern << one.by_fin;
  }
}

// Outcomes without a choice.

TEST(matcher, time_alone_ends_a_wait_for_nothing) {
  const target_side side;
  const std::vector<wanted> one = {variant("answer", response)};
  EXPECT_EQ(side.among(one).what, outcome::undecided);
  EXPECT_EQ(side.among(one, true).what, outcome::none);
}

TEST(matcher, the_first_event_that_fits_nothing_is_pointed_at) {
  target_side side;
  side.say("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  const auto made = side.among({variant("ok", {pattern("http.response").with("status", "200")})});
  EXPECT_EQ(made.what, outcome::none);
  ASSERT_TRUE(made.mismatch);
  EXPECT_EQ(field_of(side.in.events()[*made.mismatch], "status"), "404");
}

TEST(matcher, fields_headers_and_trailers_must_all_fit) {
  const auto answer = chunked("2\r\nhi\r\n0\r\nDigest: x\r\n\r\n");
  struct row {
    std::vector<wanted_event> events;
    bool fits;
  };
  const std::vector<row> rows = {
      {{pattern("http.response").with("reason", "OK").header("transfer-encoding", "chunked")},
       true},
      {{pattern("http.response").with("reason", "OK").header("transfer-encoding", "gzip")}, false},
      {{pattern("http.response").header("x-absent", "1")}, false},
      {{pattern("http.response"), pattern("http.end").trailer("digest", "x")}, true},
      {{pattern("http.response"), pattern("http.end").trailer("digest", "y")}, false},
      {{pattern("http.response"), pattern("http.chunk").with("size", "2")}, true},
      {{pattern("http.response"), pattern("http.chunk").with("size", "3")}, false},
      {{pattern("http.response"), pattern("http.end").with("complete", "true")}, true},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    target_side side;
    side.say(answer);
    EXPECT_EQ(side.take(rows[i].events), rows[i].fits) << "row " << i;
  }
}

// Bodies.

TEST(matcher, a_body_is_read_over_the_borders_of_chunks) {
  target_side side;
  side.say(chunked("1\r\na\r\n2;x=y\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n"));
  ASSERT_TRUE(side.take(response));
  EXPECT_TRUE(side.take({pattern("http.body").with("equals", "ab")}));
  EXPECT_TRUE(side.take({pattern("http.body").with("equals", "cd")}));
  EXPECT_FALSE(side.take({pattern("http.body").with("equals", "xx")}));
  EXPECT_TRUE(side.take({pattern("http.body").with("size", "1")}));
  EXPECT_EQ(side.body, "e");
  EXPECT_TRUE(side.take({pattern("http.body").with("equals", "f"), pattern("http.end")}));
}

RC_GTEST_PROP(matcher, matching_does_not_depend_on_read_borders, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(1, 60);
  target_side side;
  side.in_pieces_of(size, chunked("5\r\nhello\r\n7\r\n, world\r\n0\r\nA: b\r\n\r\n") +
                              "HTTP/1.1 204 No Content\r\n\r\n");
  side.fin();
  RC_ASSERT(side.take(response));
  RC_ASSERT(side.take({pattern("http.body").with("equals", "hello, w")}));
  RC_ASSERT(side.take({pattern("http.body").with("equals", "orld")}));
  RC_ASSERT(side.take({pattern("http.end").trailer("a", "b")}));
  RC_ASSERT(side.take({pattern("http.response").with("status", "204")}));
  RC_ASSERT(side.take({pattern("tcp.closed")}));
}

TEST(matcher, an_unfinished_body_decides_only_what_can_be_decided) {
  struct row {
    wanted_event wanted;
    outcome before_the_end;
    outcome after_it;
  };
  const std::vector<row> rows = {
      {pattern("http.body").with("equals", "hel"), outcome::chosen, outcome::chosen},
      {pattern("http.body").with("equals", "hello"), outcome::undecided, outcome::none},
      {pattern("http.body").with("equals", "hex"), outcome::none, outcome::none},
      {pattern("http.body").with("size", "5"), outcome::undecided, outcome::none},
      {pattern("http.body").with("contains", "ell"), outcome::undecided, outcome::chosen},
      {pattern("http.body").with("contains", "xx"), outcome::undecided, outcome::none},
      {pattern("http.body").with("matches", "^h.*l$"), outcome::undecided, outcome::chosen},
      {pattern("http.body"), outcome::chosen, outcome::chosen},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    target_side side;
    side.say(chunked("4\r\nhell\r\n"));
    ASSERT_TRUE(side.take(response));
    EXPECT_EQ(side.among({variant("body", {rows[i].wanted})}).what, rows[i].before_the_end) << i;
    side.say("0\r\n\r\n");
    EXPECT_EQ(side.among({variant("body", {rows[i].wanted})}).what, rows[i].after_it) << i;
  }
}

// Tunnels and raw octets.

TEST(matcher, a_tunnel_is_read_as_octets_and_its_end_only_behind_them) {
  target_side side("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n");
  side.say("HTTP/1.1 200 OK\r\n\r\nto");
  ASSERT_TRUE(side.take({pattern("http.response").with("status", "200")}));
  EXPECT_EQ(side.among({variant("octets", {pattern("bytes").with("equals", "tunnel")})}).what,
            outcome::none);
  EXPECT_TRUE(side.take({pattern("bytes").with("equals", "t")}));
  side.say("ld").fin();
  EXPECT_FALSE(side.take({pattern("tcp.closed")})) << "unread octets stand before the end";
  EXPECT_FALSE(side.take({silence(0ms)}));
  EXPECT_TRUE(side.take({pattern("bytes").with("equals", "old"), pattern("tcp.closed")}));
}

TEST(matcher, raw_octets_and_decoded_events_share_one_position) {
  target_side side;
  const octets head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
  side.say(head + "abcd");
  EXPECT_TRUE(side.take({pattern("bytes").with("equals", head + "ab")}));
  EXPECT_TRUE(side.take({pattern("http.body").with("equals", "cd")}));
}

TEST(inbox, drops_octets_that_were_read_and_keeps_offsets) {
  inbox in;
  const octets block(700UL * 1024U, 'x');
  in.add_octets(block, 1ms);
  in.add_octets(block + "end", 2ms);
  cursor at;
  at.offset = 2 * block.size();
  EXPECT_EQ(in.arrival_of(block.size()), 1ms);
  EXPECT_EQ(in.arrival_of(block.size() + 1), 2ms);
  in.move_to(at);
  EXPECT_EQ(in.octets_from(at.offset), "end");
  EXPECT_EQ(in.octets_from(0), "end") << "what was dropped is gone";
  EXPECT_EQ(in.end_offset(), at.offset + 3);
}

TEST(inbox, a_limit_ends_what_comes) {
  inbox in;
  trace::event one;
  one.dir = direction::in;
  one.what = trace::note{"limit", {}};
  in.add_event(one);
  EXPECT_TRUE(in.ended());
  EXPECT_FALSE(is_end(in.events().front())) << "the target did not close";
}

// Silence.

TEST(matcher, silence_is_broken_by_what_comes_and_ends_by_time_alone) {
  websocket side("");
  const std::vector<wanted> quiet = {variant("quiet", {silence(100ms)})};
  const auto open = side.among(quiet);
  EXPECT_EQ(open.what, outcome::undecided);
  ASSERT_TRUE(open.wake);
  EXPECT_EQ(*open.wake, 100ms);
  side.now = 100ms;
  EXPECT_EQ(side.among(quiet).what, outcome::chosen);
  side.say(frame(wire::opcode::text, "x"));
  EXPECT_EQ(side.among(quiet).what, outcome::none);
}

TEST(matcher, silence_behind_an_event_counts_from_its_arrival) {
  for (const bool raw : {false, true}) {
    websocket side("");
    side.now = 30ms;
    const auto message = frame(wire::opcode::text, "x");
    side.say(message);
    const wanted_event first =
        raw ? pattern("bytes").with("equals", message) : pattern("ws.message");
    const std::vector<wanted> both = {variant("quiet", {first, silence(100ms)})};
    const auto open = side.among(both);
    ASSERT_TRUE(open.wake) << raw;
    EXPECT_EQ(*open.wake, 131ms) << raw;
    side.now = 90ms;
    EXPECT_EQ(side.among(both).wake, open.wake) << "looking again moves nothing, " << raw;
    side.now = 131ms;
    EXPECT_EQ(side.among(both).what, outcome::chosen) << raw;
  }
}

// What is passed over.

TEST(matcher, interim_responses_are_passed_over_unless_asked_for) {
  const octets both = "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
  target_side side;
  side.say(both);
  EXPECT_TRUE(side.take({pattern("http.response").with("status", "204")}));
  target_side asked;
  asked.say(both);
  EXPECT_TRUE(
      asked.take({pattern("http.response").with("status", "103"), pattern("http.response")}));
}

TEST(matcher, pings_are_passed_over_unless_asked_for) {
  const auto rest = frame(wire::opcode::ping, "p") + frame(wire::opcode::text, "x");
  EXPECT_TRUE(websocket(rest).take({pattern("ws.message").with("payload", "x")}));
  EXPECT_TRUE(websocket(rest).take({pattern("ws.frame").with("payload", "x")}));
  EXPECT_TRUE(websocket(rest).take(
      {pattern("ws.frame").with("opcode", "ping"), pattern("ws.frame").with("opcode", "text")}));
  EXPECT_FALSE(websocket(rest).take({pattern("ws.frame").with("opcode", "text")}))
      << "a pattern with an opcode looks at pings too";
}

TEST(matcher, frames_and_messages_are_two_views_of_the_same_octets) {
  const auto rest = frame(wire::opcode::text, "he", false) +
                    frame(wire::opcode::continuation, "y") + frame(wire::opcode::close, "");
  EXPECT_TRUE(
      websocket(rest).take({pattern("ws.message").with("payload", "hey"), pattern("ws.close")}));
  EXPECT_TRUE(websocket(rest).take({pattern("ws.frame").with("fin", "false"),
                                    pattern("ws.frame").with("opcode", "continuation"),
                                    pattern("ws.close")}));
  EXPECT_FALSE(websocket(rest).take({pattern("ws.close")})) << "data stands before it";
}

TEST(matcher, comments_of_an_event_stream_are_passed_over_unless_asked_for) {
  const octets stream =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
      ": beat\nretry: 5\nid: 1\ndata: x\n\n";
  target_side side;
  side.say(stream);
  EXPECT_TRUE(side.take({pattern("http.response"), pattern("sse.event").with("data", "x")}));
  target_side asked;
  asked.say(stream);
  EXPECT_TRUE(
      asked.take({pattern("http.response"), pattern("sse.comment"),
                  pattern("sse.retry").with("value", "5"), pattern("sse.event").with("id", "1")}));
  target_side quiet;
  quiet.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: beat\n");
  ASSERT_TRUE(quiet.take(response));
  quiet.now += 1s;
  EXPECT_TRUE(quiet.take({silence(100ms)})) << "a comment keeps a stream alive, no more";
}

TEST(matcher, the_rest_of_an_earlier_message_is_no_news_to_the_next) {
  target_side side;
  side.say(chunked("2\r\nhi\r\n0\r\n\r\n") + "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n").fin();
  ASSERT_TRUE(side.take(response));
  EXPECT_TRUE(side.take({pattern("http.response").with("status", "404"), pattern("tcp.closed")}));
}

TEST(matcher, events_that_a_step_ignores_are_passed_over) {
  websocket side(frame(wire::opcode::pong, "p") + frame(wire::opcode::close, ""));
  matching how;
  EXPECT_EQ(choose(side.in, {variant("close", {pattern("ws.close")})}, how).what, outcome::none);
  how.ignoring = {"ws.frame"};
  EXPECT_EQ(choose(side.in, {variant("close", {pattern("ws.close")})}, how).what, outcome::chosen);
}

TEST(matcher, a_pattern_is_described_in_one_printable_line) {
  const wanted_event one = pattern("http.response").with("reason", "\x1b[31m").header("a", "\n");
  const auto said = describe(one.pattern);
  EXPECT_EQ(said, "http.response reason=\\x1b[31m a: \\n");
}

}  // namespace
}  // namespace halley::engine
