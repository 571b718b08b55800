#include "base/bytes.hpp"
#include "checks/written_trace.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/oracles/reactions.hpp"
#include "fuzz/oracles/written_record.hpp"
#include "wire/websocket_frame.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halley::fuzz {
namespace {

using namespace written;
using checks::written::frame;
using checks::written::key;
using checks::written::switching;
using enum says;
using enum wire::opcode;
using found = std::vector<std::string>;

octets handshake(octet_view more = "", octet_view line = "GET /ws HTTP/1.1") {
  return octets(line) +
         "\r\nHost: 127.0.0.1:1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
         octets(key) + "\r\n" + octets(more) + "\r\n";
}

/// A frame of ours.
octets sent(wire::opcode code, octet_view payload, bool fin = true, std::uint8_t rsv = 0) {
  wire::websocket_frame one;
  one.fin = fin;
  one.rsv = rsv;
  one.code = code;
  one.payload = payload;
  one.mask = {1, 2, 3, 4};
  return wire::encode(one);
}

octets closing(std::uint16_t code = 1000) {
  return sent(close, wire::close_body(code, ""));
}

octets closed(std::uint16_t code = 1000) {
  return checks::written::close_frame(code);
}

found judged(std::vector<turn> said,
             ending how = ending::settled,
             octet_view contract = "ws.echo") {
  std::vector<turn> all{{we, handshake()}, {they, switching()}};
  for (turn& one : said)
    all.push_back(std::move(one));
  return names(judge_websocket(record_of(all, how), octets(contract)));
}

found nothing() {
  return {};
}

TEST(judge_websocket, messages_come_back_in_order) {
  const octets two = sent(text, "one") + sent(binary, "two");
  EXPECT_EQ(judged({{we, two}, {they, frame(text, "one") + frame(binary, "two")}}), nothing());
  EXPECT_EQ(judged({{we, two}, {they, frame(text, "one")}}), nothing());
  EXPECT_EQ(judged({{we, two}, {they, frame(text, "one")}}, ending::silent),
            found{"contract:ws.echo unechoed"});
  EXPECT_EQ(judged({{we, two}, {they, frame(text, "on")}}),
            found{"contract:ws.echo other-content"});
  EXPECT_EQ(judged({{we, two}, {they, frame(binary, "one")}}),
            found{"contract:ws.echo other-type"});
  EXPECT_EQ(judged({{they, frame(text, "hello")}}), found{"contract:ws.echo unasked-message"});
  EXPECT_EQ(judged({{they, frame(text, "hello")}}, ending::settled, "ws.topic"), nothing());
  // Refused or cut: a part is enough.
  EXPECT_EQ(judged({{we, two}, {they, frame(text, "one") + closed(1011)}}, ending::silent),
            nothing());
  EXPECT_EQ(judged({{we, two}, {they_reset}}, ending::target_reset), nothing());
  EXPECT_EQ(
      judged({{we, two + closing()}, {they, closed()}, {they_finish}}, ending::target_finished),
      nothing());
  EXPECT_EQ(judged({{we, two.substr(0, 12)}, {they, frame(text, "one")}}, ending::silent),
            nothing());
  // Fragments.
  const octets parts = sent(text, "o", false) + sent(ping, "p") + sent(continuation, "ne");
  EXPECT_EQ(judged({{we, parts}, {they, frame(pong, "p") + frame(text, "one")}}), nothing());
}

TEST(judge_websocket, pings_are_answered) {
  const octets two = sent(ping, "a") + sent(ping, "b");
  EXPECT_EQ(judged({{we, two}, {they, frame(pong, "a") + frame(pong, "b")}}), nothing());
  EXPECT_EQ(judged({{we, two}, {they, frame(pong, "b")}}, ending::silent), nothing());
  EXPECT_EQ(judged({{we, two}, {they, frame(pong, "a")}}, ending::silent),
            found{"rfc6455/5.5.2-pong unanswered"});
  EXPECT_EQ(judged({{we, two}, {they, frame(pong, "a")}}), nothing());
  EXPECT_EQ(judged({{we, two}, {they, frame(pong, "c")}}),
            found{"rfc6455/5.5.3-payload other-payload"});
  EXPECT_EQ(judged({{we, two}, {they, frame(pong, "c")}}, ending::settled, "ws.topic"), nothing());
  // One of two that are the same may stand for both.
  EXPECT_EQ(
      judged({{we, sent(ping, "a") + sent(ping, "a")}, {they, frame(pong, "a")}}, ending::silent),
      nothing());
  // Not behind a Close.
  EXPECT_EQ(judged({{we, sent(ping, "a") + closing()}, {they, closed()}, {they_finish}},
                   ending::target_finished),
            nothing());
}

TEST(judge_websocket, close_is_answered_and_ends_the_connection) {
  EXPECT_EQ(judged({{we, closing()}, {they, closed()}, {they_finish}}, ending::target_finished),
            nothing());
  EXPECT_EQ(judged({{we, closing()}, {they, closed()}}, ending::silent),
            found{"rfc6455/5.5.1-tcp open"});
  EXPECT_EQ(judged({{we, closing()}}, ending::silent), found{"rfc6455/5.5.1-answer unanswered"});
  EXPECT_EQ(judged({{we, closing()}, {they_finish}}, ending::target_finished),
            found{"rfc6455/5.5.1-answer unanswered"});
  // A reset may destroy it; who has sent more asks for one; we may have ended ourselves.
  EXPECT_EQ(judged({{we, closing()}, {they_reset}}, ending::target_reset), nothing());
  EXPECT_EQ(judged({{we, closing() + sent(text, "a")}, {they_finish}}, ending::target_finished),
            nothing());
  EXPECT_EQ(judged({{we, closing()}, {we_finish}, {they_finish}}, ending::target_finished),
            nothing());
  EXPECT_EQ(judged({{we, closing()}, {they, closed()}, {we_finish}}, ending::silent), nothing());
  // A code that must not be sent: refused with a Close, or dropped.
  EXPECT_EQ(judged({{we, closing(1005)}, {they_finish}}, ending::target_finished), nothing());
  EXPECT_EQ(judged({{we, closing(1005)}}, ending::silent),
            found{"rfc6455/5.5.1-answer unanswered"});
  // Data behind it.
  EXPECT_EQ(judged({{we, closing() + sent(text, "a")}, {they, frame(text, "a") + closed()}}),
            found{"rfc6455/5.5.1-discard echoed"});
  // 1014 is of the registry alone.
  EXPECT_EQ(judged({{we, closing(1014)}, {they_finish}}, ending::target_finished), nothing());
}

struct wrong {
  octets data;
  octets rule;
};

std::vector<wrong> wrongs() {
  wire::websocket_frame bare;
  bare.payload = "bad";
  return {
      {sent(text, "bad", true, 1), "rfc6455/5.2-rsv"},
      {sent(static_cast<wire::opcode>(3), "bad"), "rfc6455/5.2-opcode"},
      {sent(static_cast<wire::opcode>(11), "bad"), "rfc6455/5.2-opcode"},
      {wire::encode(bare), "rfc6455/5.1-close-unmasked"},
      {sent(continuation, "bad"), "rfc6455/5.4-refuse-continuation"},
      {sent(text, "a", false) + sent(text, "bad"), "rfc6455/5.4-refuse-interleaved"},
      {sent(ping, octets(126, 'p')), "rfc6455/5.5-refuse-long"},
      {sent(ping, "bad", false), "rfc6455/5.5-refuse-fragmented"},
      {sent(text, "\xff"), "rfc6455/8.1-fail"},
      {sent(close, octets("\x03\xe8\xff")), "rfc6455/8.1-fail"},
      {sent(close, "x"), "rfc6455/5.5.1-refuse-short"},
  };
}

TEST(judge_websocket, behind_a_fault_nothing_is_answered) {
  for (const auto& [data, rule] : wrongs()) {
    const octets said = sent(text, "good") + data + sent(text, "later") + sent(ping, "later");
    const octets good = frame(text, "good");
    EXPECT_EQ(judged({{we, said}, {they, good + frame(text, "later")}}), found{rule + " answered"});
    EXPECT_EQ(judged({{we, said}, {they, good + frame(pong, "later")}}), found{rule + " answered"});
    EXPECT_EQ(
        judged({{we, said}, {they, good + closed(1002)}, {they_finish}}, ending::target_finished),
        nothing())
        << rule;
    EXPECT_EQ(judged({{we, said}, {they, closed(1002)}}, ending::silent), nothing()) << rule;
    EXPECT_EQ(judged({{we, said}, {they_reset}}, ending::target_reset), nothing()) << rule;
    EXPECT_EQ(judged({{we, said}, {they_finish}}, ending::target_finished), nothing()) << rule;
  }
}

TEST(judge_websocket, behind_a_fault_the_connection_does_not_stay_open) {
  for (const auto& [data, rule] : wrongs()) {
    EXPECT_EQ(judged({{we, data}}, ending::silent), found{rule + " open"});
    EXPECT_EQ(judged({{we, data}}), nothing()) << rule;
    // Who reads whole frames waits for the rest.
    EXPECT_EQ(judged({{we, data.substr(0, data.size() - 1)}}, ending::silent), nothing()) << rule;
  }
  // Text may be looked at as a whole.
  const octets begun = sent(text, "\xff", false);
  EXPECT_EQ(judged({{we, begun + sent(ping, "p")}, {they, frame(pong, "p")}}, ending::silent),
            nothing());
  EXPECT_EQ(judged({{we, begun + sent(continuation, "")}}, ending::silent),
            found{"rfc6455/8.1-fail open"});
}

TEST(judge_websocket, what_the_rfc_leaves_to_the_recipient_is_no_finding) {
  wire::websocket_frame one;
  one.payload = "long";
  one.mask = {1, 2, 3, 4};
  const octets longer =
      wire::encode(one, {.length_says = {}, .form = wire::length_form::sixty_four_bit});
  EXPECT_EQ(judged({{we, longer}, {they, frame(text, "long")}}, ending::silent), nothing());
  EXPECT_EQ(judged({{we, longer}}, ending::silent), nothing());
  // An extension that nobody here knows may give a meaning to the bits.
  const octets odd = sent(text, "a", true, 1) + sent(text, "b");
  const record extended = record_of({{we, handshake("Sec-WebSocket-Extensions: x-a\r\n")},
                                     {they, switching("Sec-WebSocket-Extensions: x-a\r\n")},
                                     {we, odd},
                                     {they, frame(text, "a") + frame(text, "b")}});
  EXPECT_EQ(names(judge_websocket(extended, "ws.echo")), nothing());
  // Sent before the handshake was answered.
  const record early =
      record_of({{we, handshake() + sent(text, "early")}, {they, switching()}}, ending::silent);
  EXPECT_EQ(names(judge_websocket(early, "ws.echo")), nothing());
  // Content that nobody waits for stands where frames do.
  const octets cut = sent(text, "hello") + sent(text, "b");
  for (const octet_view content : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
    const record with_content = record_of({{we, handshake(content)},
                                           {they, switching()},
                                           {we, cut},
                                           {they, frame(text, "hello") + frame(text, "b")}});
    EXPECT_EQ(names(judge_websocket(with_content, "ws.echo")), nothing()) << content;
  }
  // A Ping inside text that is looked at as a whole, and one like it behind.
  const octets parts =
      sent(text, "\xff", false) + sent(ping, "") + sent(continuation, "x") + sent(ping, "");
  EXPECT_EQ(judged({{we, parts}, {they, frame(pong, "") + closed(1007)}, {they_finish}},
                   ending::target_finished),
            nothing());
  // A Ping is answered while a compressed message, which is no text, is still inflated.
  const octets extension = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
  const octets no_text("\xfa\x07\x00", 3);  // 0xff
  const std::vector<turn> inflating = {{we, handshake(extension)},
                                       {they, switching(extension)},
                                       {we, sent(text, no_text, true, 4) + sent(ping, "p")},
                                       {they, frame(pong, "p") + closed(1007)},
                                       {they_finish}};
  EXPECT_EQ(names(judge_websocket(record_of(inflating, ending::target_finished), "ws.echo")),
            nothing());
}

TEST(judge_websocket, a_long_ping_that_comes_back_cut_is_answered) {
  const octets said = sent(ping, octets(1000, 'p'));
  EXPECT_EQ(judged({{we, said}, {they, frame(pong, octets(125, 'p'))}}),
            found{"rfc6455/5.5-refuse-long answered"});
}

TEST(judge_websocket, what_has_no_fault_is_not_called_wrong) {
  const octets good = sent(binary, "\xff") + sent(pong, "unasked") + sent(text, "a", false);
  for (const auto code : std::vector<std::uint16_t>{1002, 1007})
    EXPECT_EQ(judged({{we, good}, {they, closed(code)}}), found{"contract:ws.echo refused-valid"})
        << code;
  for (const auto code : std::vector<std::uint16_t>{1000, 1001, 1003, 1008, 1009, 1011})
    EXPECT_EQ(judged({{we, good}, {they, closed(code)}}), nothing()) << code;
  EXPECT_EQ(judged({{we, good + sent(text, "b")}, {they, closed(1002)}}), nothing());
  EXPECT_EQ(judged({{we, good + closing(1012)}, {they, closed(1002)}}), nothing());
  EXPECT_EQ(judged({{we, good}, {we_finish}, {they, closed(1002)}}), nothing());
  EXPECT_EQ(judged({{we, good}, {they, closed(1002)}}, ending::settled, "ws.topic"), nothing());
}

TEST(judge_websocket, a_limit_is_kept) {
  const octets large(65537, 'a');
  EXPECT_EQ(judged({{we, sent(text, large)}, {they, frame(text, large)}}, ending::settled,
                   "ws.echo-small"),
            found{"rfc6455/10.4-protect answered"});
  EXPECT_EQ(
      judged({{we, sent(text, large)}, {they, closed(1009)}}, ending::settled, "ws.echo-small"),
      nothing());
  EXPECT_EQ(judged({{we, sent(text, large)}, {they, frame(text, large)}}), nothing());
}

found opened(const octets& request, const octets& answer, octet_view contract = "ws.echo") {
  return names(judge_websocket(record_of({{we, request}, {they, answer}}), octets(contract)));
}

octets replaced(octet_view what, octet_view by) {
  octets head = handshake();
  const auto at = head.find(what);
  EXPECT_NE(at, octets::npos);
  return head.replace(at, what.size(), by);
}

TEST(judge_websocket, what_is_no_handshake_is_not_accepted) {
  const octets key_line = "Sec-WebSocket-Key: " + octets(key) + "\r\n";
  const std::vector<std::pair<octets, octets>> cases = {
      {handshake("", "POST /ws HTTP/1.1"), "4.2.1-get"},
      {handshake("", "GET /ws HTTP/1.0"), "4.2.1-http-version"},
      {replaced("Host: 127.0.0.1:1\r\n", ""), "4.2.1-host"},
      {replaced("Upgrade: websocket", "Upgrade: h2c"), "4.2.1-upgrade"},
      {replaced("Connection: Upgrade", "Connection: keep-alive"), "4.2.1-connection"},
      {replaced(key_line, ""), "4.2.1-key"},
      {handshake(key_line), "11.3.1-key-once"},
      {replaced("dGhlI", "*"), "4.2.1-key-size"},
      {replaced("Version: 13", "Version: 14"), "4.2.2-version"},
      {replaced("Version: 13", "Version: 013"), "4.2.1-version"},
      {replaced("Sec-WebSocket-Version: 13\r\n", ""), "4.2.1-version"},
      {handshake("Sec-WebSocket-Version: 8\r\n"), "11.3.5-version-once"},
      {handshake("Sec-WebSocket-Extensions: a;\r\n"), "9.1-extension-syntax"},
  };
  for (const auto& [request, rule] : cases) {
    EXPECT_EQ(opened(request, switching()), found{"rfc6455/" + rule + " accepted"});
    EXPECT_EQ(opened(request, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"), nothing()) << rule;
    EXPECT_EQ(opened(request, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), nothing()) << rule;
  }
  const octets bad = handshake("Sec-WebSocket-Protocol: a b\r\n");
  EXPECT_EQ(opened(bad, switching(), "ws.echo-subprotocol"),
            found{"rfc6455/4.2.1-refuse accepted"});
  EXPECT_EQ(opened(bad, switching()), nothing());
}

TEST(judge_websocket, odd_handshakes_may_be_accepted_or_refused) {
  for (const octets& odd :
       {replaced("Upgrade: websocket", "Upgrade: WebSocket, h2c"),
        replaced("Upgrade: websocket", "Upgrade: websocket/13"),
        replaced("Connection: Upgrade", "Connection: keep-alive, upgrade, close"),
        replaced("Version: 13", "Version: 8"), replaced("GET /ws", "GET http://a/ws"),
        handshake("X-Halley: a\r\n"), handshake("Origin: http://a\r\n"),
        replaced("Host: 127.0.0.1:1", "Host: other.example"), handshake("Content-Length: 0\r\n"),
        handshake("Sec-WebSocket-Protocol: a\r\n"), replaced("Connection:", "connection :"),
        handshake("User-Agent:\r\n"), handshake("User-Agent: a\r\nUser-Agent: a\r\n"),
        replaced("Connection: Upgrade", "Connection: \"ke, Upgrade"),
        replaced("Connection: Upgrade", "Connection: C k, Upgrade"),
        handshake("Sec-WebSocket-Extensions: ,a; b=\"c\", d\r\n")}) {
    EXPECT_EQ(opened(odd, switching()), nothing()) << odd;
    EXPECT_EQ(opened(odd, "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n"), nothing()) << odd;
  }
}

TEST(judge_websocket, a_usual_handshake_is_accepted) {
  const auto refused = [](int status, const octets& request = handshake()) {
    return opened(request,
                  "HTTP/1.1 " + std::to_string(status) + " No\r\nContent-Length: 0\r\n\r\n");
  };
  EXPECT_EQ(opened(handshake(), switching()), nothing());
  EXPECT_EQ(refused(400), found{"contract:ws.echo refused"});
  EXPECT_EQ(refused(426), found{"contract:ws.echo refused"});
  EXPECT_EQ(refused(500), found{"contract:ws.echo refused"});
  EXPECT_EQ(refused(400, replaced("Connection: Upgrade", "Connection: a, UPGRADE")),
            found{"contract:ws.echo refused"});
  // Another place, a user or an origin that is not welcome, too many at a time.
  for (const int status : {200, 301, 401, 403, 404, 503})
    EXPECT_EQ(refused(status), nothing()) << status;
  EXPECT_EQ(names(judge_websocket(record_of({{we, handshake()}}, ending::silent), "ws.echo")),
            found{"contract:ws.echo unanswered"});
  EXPECT_EQ(names(judge_websocket(record_of({{we, handshake()}}), "ws.echo")), nothing());
  // Another path is another resource.
  record elsewhere =
      record_of({{we, handshake()}, {they, "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n"}});
  elsewhere.path = "/ws";
  EXPECT_EQ(names(judge_websocket(elsewhere, "ws.echo")), found{"contract:ws.echo refused"});
  elsewhere.path = "/echo";
  EXPECT_EQ(names(judge_websocket(elsewhere, "ws.echo")), nothing());
}

TEST(judge_websocket, who_refuses_a_version_names_others) {
  const octets newer = replaced("Version: 13", "Version: 14");
  EXPECT_EQ(opened(newer, "HTTP/1.1 426 No\r\nContent-Length: 0\r\n\r\n"),
            found{"rfc6455/4.4-versions no-version-list"});
  EXPECT_EQ(opened(newer,
                   "HTTP/1.1 400 No\r\nSec-WebSocket-Version: 13, 8\r\n"
                   "Content-Length: 0\r\n\r\n"),
            nothing());
  EXPECT_EQ(opened(newer, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), nothing());
}

}  // namespace
}  // namespace halley::fuzz
