#include "trace/conversation.hpp"

#include "base/bytes.hpp"
#include "trace/event.hpp"
#include "wire/deflate.hpp"
#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"
#include "wire/websocket_handshake.hpp"
#include "wire/wire_error.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::trace {
namespace {

using std::chrono::nanoseconds;

constexpr direction out = direction::out;
constexpr direction in = direction::in;
constexpr const char* key = "dGhlIHNhbXBsZSBub25jZQ==";

/// A conversation and all its events. `say` feeds octets, `end` a FIN.
class recorded {
public:
  explicit recorded(bool halley_is_client = true)
      : talk_(halley_is_client, [this](event&& one) { events.push_back(std::move(one)); }) {}

  recorded& say(direction dir, octet_view data) {
    talk_.octets_seen(dir, data, nanoseconds(++steps_));
    return *this;
  }
  recorded& end(direction dir) {
    talk_.end_seen(dir, nanoseconds(++steps_));
    return *this;
  }

  /// The events in short: "out http.request GET", "in wire.fault bare_lf", …
  std::vector<std::string> said() const;

  template <typename What>
  std::vector<event> all(direction dir) const {
    std::vector<event> found;
    for (const event& one : events)
      if (one.dir == dir && std::holds_alternative<What>(one.what)) found.push_back(one);
    return found;
  }

  std::vector<event> events;

private:
  conversation talk_;
  std::int64_t steps_ = 0;
};

std::string brief(const event& one) {
  std::string text = one.dir == out ? "out " : "in ";
  if (const auto* head = std::get_if<wire::request_head>(&one.what)) return text + head->method;
  if (const auto* head = std::get_if<wire::response_head>(&one.what))
    return text + std::to_string(head->status);
  if (const auto* fault = std::get_if<wire_fault>(&one.what))
    return text + std::string(wire::name(fault->what));
  if (const auto* tunnel = std::get_if<tunnel_open>(&one.what))
    return text + "> " + tunnel->protocol;
  if (const auto* piece = std::get_if<wire::body_piece>(&one.what))
    return text + '"' + piece->data + '"';
  if (const auto* chunk = std::get_if<wire::chunk_header>(&one.what))
    return text + "chunk " + std::to_string(chunk->size);
  if (const auto* end = std::get_if<wire::message_end>(&one.what))
    return text + (end->complete ? "end" : "cut");
  if (const auto* frame = std::get_if<wire::websocket_frame>(&one.what))
    return text + "frame " + wire::name(frame->code);
  if (const auto* message = std::get_if<wire::websocket_message>(&one.what))
    return text + "message " + message->data;
  if (std::holds_alternative<wire::websocket_close>(one.what)) return text + "close";
  if (const auto* sse = std::get_if<wire::sse_event>(&one.what)) return text + "sse " + sse->data;
  if (const auto* sse = std::get_if<wire::sse_comment>(&one.what))
    return text + "comment" + sse->text;
  if (std::holds_alternative<wire::sse_retry>(one.what)) return text + "retry";
  if (std::holds_alternative<wire::trailer_section>(one.what)) return text + "trailer";
  return text + "?";
}

std::vector<std::string> recorded::said() const {
  std::vector<std::string> result;
  result.reserve(events.size());
  for (const event& one : events)
    result.push_back(brief(one));
  return result;
}

using lines = std::vector<std::string>;

octets get(octet_view more = "") {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + octets(more) + "\r\n";
}

octets upgrade(octet_view more = "") {
  return get(
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: " +
      octets(key) + "\r\n" + octets(more));
}

octets switching(octet_view more = "") {
  return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Accept: " +
         wire::accept_value(key) + "\r\n" + octets(more) + "\r\n";
}

octets text_frame(octet_view text, bool from_client) {
  wire::websocket_frame frame;
  frame.payload = text;
  if (from_client) frame.mask = std::array<std::uint8_t, 4>{1, 2, 3, 4};
  return wire::encode(frame);
}

TEST(conversation, a_request_and_its_response_are_told_from_each_other_by_their_direction) {
  recorded client;
  client.say(out, get()).say(in, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(client.said(), (lines{"out GET", "out end", "in 200", "in \"hi\"", "in end"}));

  recorded server(false);
  server.say(in, get()).say(out, "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(server.said(), (lines{"in GET", "in end", "out 204", "out end"}));
}

TEST(conversation, events_carry_their_place_and_time) {
  recorded talk;
  talk.say(out, get()).say(in, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  const auto pieces = talk.all<wire::body_piece>(in);
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].off, 38U);
  EXPECT_EQ(pieces[0].len, 2U);
  EXPECT_EQ(pieces[0].t, nanoseconds(2));
}

TEST(conversation, the_method_of_each_pipelined_request_frames_its_own_response) {
  recorded talk;
  talk.say(out, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get());
  talk.say(in,
           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
           "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(talk.said(), (lines{"out HEAD", "out end", "out GET", "out end", "in 200", "in end",
                                "in 100", "in end", "in 200", "in \"hi\"", "in end"}));
}

TEST(conversation, behind_octets_that_are_no_request_no_length_of_a_second_answer_is_guessed) {
  recorded talk;
  talk.say(out, octets(65, 'A') +
                    " / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get());
  talk.say(in,
           "HTTP/1.1 501 Not Implemented\r\nContent-Length: 2\r\n\r\nno"
           "HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n"
           "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(talk.said(),
            (lines{"out > unknown", "in 501", "in \"no\"", "in end", "in 200", "in > unknown"}));
}

TEST(conversation, a_websocket_begins_behind_the_101_in_both_directions) {
  recorded talk;
  talk.say(out, upgrade()).say(in, switching() + text_frame("hello", false));
  talk.say(out, text_frame("you", true));
  EXPECT_EQ(talk.said(),
            (lines{"out GET", "out end", "in 101", "in end", "in > websocket", "out > websocket",
                   "in frame text", "in message hello", "out frame text", "out message you"}));
  const auto frames = talk.all<wire::websocket_frame>(in);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].off, switching().size());
}

TEST(conversation, octets_behind_an_upgrade_wait_for_the_answer) {
  recorded agreed;
  agreed.say(out, upgrade() + text_frame("early", true));
  EXPECT_EQ(agreed.said(), (lines{"out GET", "out end"}));
  agreed.say(in, switching());
  EXPECT_EQ(agreed.said(), (lines{"out GET", "out end", "in 101", "in end", "in > websocket",
                                  "out > websocket", "out frame text", "out message early"}));
  const auto frames = agreed.all<wire::websocket_frame>(out);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].off, upgrade().size());

  recorded refused;
  refused.say(out, upgrade() + "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  refused.say(in,
              "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
              "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
  EXPECT_EQ(refused.said(), (lines{"out GET", "out end", "in 403", "out HEAD", "out end", "in end",
                                   "in 200", "in end"}));
}

TEST(conversation, an_early_refusal_holds_nothing_back) {
  recorded talk;
  talk.say(out,
           "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n"
           "Content-Length: 2\r\n\r\n");
  talk.say(in, "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n").say(out, "ab" + get());
  EXPECT_EQ(talk.said(),
            (lines{"out POST", "in 413", "in end", "out \"ab\"", "out end", "out GET", "out end"}));
}

TEST(conversation, more_than_a_mebibyte_without_an_answer_is_taken_for_a_tunnel) {
  recorded talk;
  talk.say(out, upgrade()).say(out, octets(std::size_t{1} << 20U, 'x'));
  EXPECT_EQ(talk.said(), (lines{"out GET", "out end"}));
  talk.say(out, "y");
  EXPECT_EQ(talk.said(), (lines{"out GET", "out end", "out > unknown"}));
}

TEST(conversation, the_faults_of_a_handshake_stand_at_the_101) {
  recorded talk;
  talk.say(out, get() + upgrade());
  talk.say(in,
           "HTTP/1.1 204 No Content\r\n\r\n"
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
  const auto faults = talk.all<wire_fault>(in);
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[0].off, 27U);
  EXPECT_EQ(std::get<wire_fault>(faults[0].what).what,
            wire::wire_error::missing_connection_upgrade);
  EXPECT_EQ(std::get<wire_fault>(faults[1].what).what, wire::wire_error::bad_accept_key);
  EXPECT_EQ(talk.said().back(), "out > websocket");
}

TEST(conversation, negotiated_deflate_is_inflated_with_the_parameters_of_each_side) {
  const octets extension =
      "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n";
  recorded talk;
  talk.say(out, upgrade(extension)).say(in, switching(extension));
  wire::deflater server(15, true);
  wire::deflater client(15, false);
  for (int i = 0; i < 3; ++i) {
    wire::websocket_frame frame;
    frame.rsv = 4;
    frame.payload = server.deflate("hello hello hello");
    talk.say(in, wire::encode(frame));
    frame.payload = client.deflate("bye bye bye");
    frame.mask = std::array<std::uint8_t, 4>{9, 9, 9, 9};
    talk.say(out, wire::encode(frame));
  }
  EXPECT_TRUE(talk.all<wire_fault>(in).empty());
  EXPECT_TRUE(talk.all<wire_fault>(out).empty());
  const auto messages = talk.all<wire::websocket_message>(in);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(std::get<wire::websocket_message>(messages[2].what).data, "hello hello hello");
  EXPECT_EQ(talk.all<wire::websocket_message>(out).size(), 3U);
}

TEST(conversation, deflate_that_nobody_offered_is_one_fault_and_not_one_with_every_frame) {
  recorded talk;
  talk.say(out, upgrade());
  talk.say(in, switching("Sec-WebSocket-Extensions: permessage-deflate\r\n"));
  wire::deflater server(15, false);
  wire::websocket_frame frame;
  frame.rsv = 4;
  frame.payload = server.deflate("hello");
  talk.say(in, wire::encode(frame));
  EXPECT_EQ(talk.all<wire_fault>(in).size(), 1U);
  EXPECT_EQ(talk.said().back(), "in message hello");
}

TEST(conversation, a_2xx_to_connect_opens_a_tunnel_and_a_refusal_does_not) {
  const octets connect = "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n";
  recorded open;
  open.say(out, connect + "GET / HTTP/1.1\r\n").say(in, "HTTP/1.1 200 OK\r\n\r\n\x16\x03");
  open.say(out, "HTTP/1.1").end(in).end(out);
  EXPECT_EQ(open.said(),
            (lines{"out CONNECT", "out end", "in 200", "in end", "in > connect", "out > connect"}));

  recorded refused;
  refused.say(out, connect + get()).say(in, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(refused.said(),
            (lines{"out CONNECT", "out end", "in 407", "out GET", "out end", "in end"}));
}

TEST(conversation, another_upgrade_is_a_tunnel_under_its_own_name) {
  recorded talk;
  talk.say(out, get("Connection: upgrade\r\nUpgrade: H2C\r\n"));
  talk.say(in, "HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\nPRI");
  EXPECT_EQ(talk.said(),
            (lines{"out GET", "out end", "in 101", "in end", "in > h2c", "out > h2c"}));
}

TEST(conversation, a_101_before_the_request_has_ended_takes_effect_behind_it) {
  recorded talk;
  talk.say(out,
           "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
           "Content-Length: 3\r\n\r\na");
  talk.say(in, switching()).say(out, "bc" + text_frame("x", true));
  EXPECT_EQ(talk.said().back(), "out message x");
  EXPECT_EQ(talk.all<wire::websocket_frame>(out).size(), 1U);
}

TEST(conversation, server_sent_events_follow_the_body_piece_that_completes_them) {
  const octets head =
      "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  recorded talk;
  talk.say(out, get()).say(in, head);
  talk.say(in, "8\r\ndata: a\n\r\n10\r\n\n: c\nretry: 5\nda\r\n").end(in);
  EXPECT_EQ(talk.said(),
            (lines{"out GET", "out end", "in 200", "in chunk 8", "in \"data: a\n\"", "in chunk 16",
                   "in \"\n: c\nretry: 5\nda\"", "in sse a", "in comment c", "in retry",
                   "in truncated_body", "in event_stream_unfinished", "in cut"}));
  const auto sse = talk.all<wire::sse_event>(in);
  ASSERT_EQ(sse.size(), 1U);
  EXPECT_EQ(sse[0].off, head.size() + 3);
  EXPECT_EQ(sse[0].len, 8 + 2 + 4 + 1U);  // the chunk header between its two parts included
}

TEST(conversation, a_body_that_is_coded_is_no_event_stream) {
  for (const octets& coding :
       {octets("Content-Encoding: gzip"), octets("Transfer-Encoding: gzip")}) {
    recorded talk;
    talk.say(out, get());
    talk.say(in, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + coding +
                     "\r\n\r\ndata: a\n\n");
    EXPECT_TRUE(talk.all<wire::sse_event>(in).empty()) << coding;
  }
}

TEST(conversation, a_response_that_nobody_asked_for_is_a_fault) {
  const octets response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  recorded talk;
  talk.say(out, get()).say(in, response).say(in, response);
  EXPECT_EQ(talk.said(), (lines{"out GET", "out end", "in 200", "in end", "in unexpected_response",
                                "in 200", "in end"}));
  EXPECT_EQ(talk.events[4].off, response.size());
}

TEST(conversation, no_response_is_unasked_where_the_requests_cannot_be_counted) {
  const octets response = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  const auto cases = std::to_array<octets>({
      "GET / HTTP/1.1\nHost: a\r\n\r\n",        // a fault
      get() + "\x16\x03\x01garbage",            // not HTTP
      get() + "GET / HTTP/1.1\r\nHo",           // half a head, which a server may refuse
      get() + "GET  / HTTP/1.1\r\nHost: a\r\n"  // and with a fault
  });
  for (const octets& request : cases) {
    recorded talk;
    talk.say(out, request).say(in, response).say(in, response).say(in, response);
    for (const event& one : talk.all<wire_fault>(in))
      ADD_FAILURE() << request << ": " << brief(one);
    EXPECT_EQ(talk.all<wire::response_head>(in).size(), 3U);
  }
  recorded timed_out;
  timed_out.say(in, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(timed_out.said(), (lines{"in 408"}));
}

TEST(conversation, garbage_of_ours_does_not_end_http_in_the_answers) {
  recorded talk;
  talk.say(out, octets("\0\1\2", 3))
      .say(in, "HTTP/1.1 400 Bad Request\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_EQ(talk.said(), (lines{"out > unknown", "in 400", "in \"x\"", "in end"}));
}

TEST(conversation, octets_that_are_no_http_give_one_event) {
  recorded server;
  server.say(out, get()).say(in, "SSH-2.0-x\r\n").say(in, "HTTP/1.1 200 OK\r\n\r\n").end(in);
  EXPECT_EQ(server.said(), (lines{"out GET", "out end", "in > unknown"}));
  recorded client(false);
  client.say(in, "\x16\x03\x01\x02").say(in, get()).end(in);
  EXPECT_EQ(client.said(), (lines{"in > unknown"}));
}

TEST(conversation, an_end_reports_what_it_cuts_short) {
  recorded body;
  body.say(out, get()).say(in, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh").end(in).end(in);
  EXPECT_EQ(body.said(),
            (lines{"out GET", "out end", "in 200", "in \"h\"", "in truncated_body", "in cut"}));
  recorded frame;
  frame.say(out, upgrade()).say(in, switching() + "\x81").end(in);
  EXPECT_EQ(frame.said().back(), "in truncated_frame");
  recorded close_delimited;
  close_delimited.say(out, get()).say(in, "HTTP/1.0 200 OK\r\n\r\nh").end(in).say(in, "late");
  EXPECT_EQ(close_delimited.said(), (lines{"out GET", "out end", "in 200", "in \"h\"", "in end"}));
}

/// All events as text with their places; body pieces joined, since their borders follow the cut.
std::pair<lines, octets> without_piece_borders(const recorded& talk) {
  std::pair<lines, octets> result;
  for (const event& one : talk.events) {
    if (const auto* piece = std::get_if<wire::body_piece>(&one.what))
      result.second += piece->data;
    else
      result.first.push_back(brief(one) + " @" + std::to_string(one.off) + '+' +
                             std::to_string(one.len));
  }
  return result;
}

RC_GTEST_PROP(conversation, any_cut_gives_the_same_events, ()) {
  const std::vector<std::pair<direction, octets>> turns = {
      {out, get() + "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n"},
      {in,
       "HTTP/1.1 200 OK\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
       "9\r\ndata: a\r\n\r\n6\r\n\r\n: c\n\r\n0\r\n\r\nHTTP/1.1 204 No\r\n\r\n"},
      {out, upgrade() + text_frame("early", true) + text_frame("next", true)},
      {in, switching() + text_frame("hello", false) + "\xc1\x80" + text_frame("\xff", false)},
      {out, text_frame("x", false)},
  };
  recorded whole;
  recorded cut;
  for (const auto& [dir, data] : turns) {
    whole.say(dir, data);
    for (std::size_t at = 0; at < data.size();) {
      const auto size = *rc::gen::inRange<std::size_t>(1, 12);
      cut.say(dir, octet_view(data).substr(at, size));
      at += size;
    }
  }
  whole.end(in).end(out);
  cut.end(in).end(out);
  RC_ASSERT(without_piece_borders(whole) == without_piece_borders(cut));
  RC_ASSERT(whole.all<wire::websocket_message>(out).size() == 3U);
}

RC_GTEST_PROP(conversation, no_octets_upset_it, (bool halley_is_client)) {
  recorded talk(halley_is_client);
  const std::vector<octets> words = {get(),
                                     upgrade(),
                                     switching(),
                                     "HTTP/1.1 200 OK\r\n\r\n",
                                     "0\r\n\r\n",
                                     "\x81\x01x",
                                     "CONNECT a:1 HTTP/1.1\r\n\r\n",
                                     "data: x\n\n",
                                     "\xff"};
  const auto turns = *rc::gen::container<std::vector<std::pair<bool, std::size_t>>>(rc::gen::pair(
      rc::gen::arbitrary<bool>(), rc::gen::inRange<std::size_t>(0, words.size() + 1)));
  std::array<std::uint64_t, 2> seen{};
  for (const auto& [incoming, word] : turns) {
    if (word == words.size()) {
      talk.end(incoming ? in : out);
    } else {
      talk.say(incoming ? in : out, words[word]);
      seen[incoming ? 1 : 0] += words[word].size();
    }
  }
  talk.end(in).end(out);
  for (const event& one : talk.events)
    RC_ASSERT(one.off + one.len <= seen[one.dir == in ? 1 : 0]);
}

}  // namespace
}  // namespace halley::trace
