#include "fuzz/oracles/interpretation.hpp"

#include "base/bytes.hpp"
#include "checks/written_trace.hpp"
#include "fuzz/live/record.hpp"
#include "fuzz/oracles/written_record.hpp"
#include "wire/websocket_frame.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace halley::fuzz {
namespace {

using namespace written;
using checks::written::close_frame;
using checks::written::frame;
using checks::written::switching;
using checks::written::upgrade;
using enum says;
using enum wire::opcode;

octets answer(int status, octet_view body = "", octet_view more = "") {
  return "HTTP/1.1 " + std::to_string(status) +
         " So\r\nDate: now\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         octets(more) + "\r\n" + octets(body);
}

octets get(octet_view more = "Host: a\r\n", octet_view line = "GET / HTTP/1.1") {
  return octets(line) + "\r\n" + octets(more) + "\r\n";
}

octets post(octet_view body) {
  return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + octets(body);
}

octets masked(wire::opcode code, octet_view payload) {
  wire::websocket_frame one;
  one.code = code;
  one.payload = payload;
  one.mask = {1, 2, 3, 4};
  return wire::encode(one);
}

/// How a target answers, and how the exchange with it ended.
struct told {
  octets answer;
  ending how = ending::settled;
};

record one(const octets& request, const told& by) {
  std::vector<turn> said{{we, request}, {they, by.answer}};
  if (by.how == ending::target_finished) said.push_back({they_finish});
  return record_of(said, by.how);
}

/// "same", "explained by RFC …", or the difference.
std::string judged(const octets& request, const told& first, const told& second) {
  const record a = one(request, first);
  const record b = one(request, second);
  const auto parting = compare(interpret(a, "http.echo"), interpret(b, "http.echo"));
  if (!parting) return "same";
  const auto why = explained(a, b, *parting);
  EXPECT_EQ(why.has_value(), explained(b, a, *parting).has_value()) << parting->words;
  return why ? "explained by " + why->ref : parting->words;
}

TEST(interpretation, what_may_differ_between_answers_is_no_difference) {
  EXPECT_EQ(judged(get(), {answer(200, "x", "Server: a\r\n")}, {answer(204, "", "")}), "same");
  EXPECT_EQ(judged(get(), {"HTTP/1.1 103 Hints\r\n\r\n" + answer(200)}, {answer(201, "page")}),
            "same");
}

TEST(interpretation, what_the_target_made_of_it_is) {
  EXPECT_EQ(judged(get(), {answer(200)}, {answer(400)}), "response 1: 200 and 400");
  EXPECT_EQ(judged(get(), {answer(200)}, {answer(500)}), "response 1: 200 and 500");
  EXPECT_EQ(judged(get() + get(), {answer(200) + answer(200)}, {answer(200), ending::silent}),
            "responses: 2 and 1");
  EXPECT_EQ(judged(post("one"), {answer(200, "one")}, {answer(200, "on")}), "content 1 is another");
  // What both have to refuse.
  EXPECT_EQ(judged(get(""), {answer(200)}, {answer(400)}), "response 1: 200 and 400");
}

TEST(interpretation, two_that_keep_to_the_rfc_are_explained) {
  const told ok{answer(200)};
  const told bad{answer(400)};
  EXPECT_EQ(judged(get(), {answer(404)}, {answer(405)}), "explained by RFC 9110 §15.5");
  EXPECT_EQ(judged(get(), ok, {answer(404)}), "explained by RFC 9110 §15");
  EXPECT_EQ(judged(get("Host: a\r\n", "PURGE / HTTP/1.1"), {answer(501)}, {answer(405)}),
            "explained by RFC 9110 §9.1");
  EXPECT_EQ(judged(get("Host: a\r\n", "GET /%zz HTTP/1.1"), ok, bad),
            "explained by RFC 9110 §4.1, §7.4");
  EXPECT_EQ(judged(get("Host: a\r\n", "GET / HTTP/1.0"), ok, {answer(505)}),
            "explained by RFC 9110 §6.2, §2.5");
  EXPECT_EQ(judged(get("Host: a\r\nExpect: x\r\n"), ok, {answer(417)}),
            "explained by RFC 9110 §10.1.1");
  EXPECT_EQ(judged(get("Host: a\r\nX: a\n"), ok, bad), "explained by RFC 9112 §2.2");
  EXPECT_EQ(judged(get("Host: a\r\nX: a\r\n b\r\n"), ok, bad), "explained by RFC 9112 §5.2");
  EXPECT_EQ(judged(get("Host: a\r\nX: a\x01\r\n"), ok, bad), "explained by RFC 9110 §5.5");
  EXPECT_EQ(judged(get() + get(), {answer(200) + answer(200)},
                   {answer(200, "", "Connection: close\r\n"), ending::target_finished}),
            "explained by RFC 9112 §9.3, §9.5");
  EXPECT_EQ(judged(get(), ok, {answer(200), ending::target_finished}),
            "explained by RFC 9112 §9.3, §9.5");
  EXPECT_EQ(judged(get() + "GET / HT", ok, {answer(200) + answer(400)}),
            "explained by RFC 9112 §8");
  EXPECT_EQ(judged("nonsense\r\n\r\n", bad, {"", ending::target_finished}),
            "explained by RFC 9112 §9.3, §9.5");
}

TEST(interpretation, of_a_websocket_what_came_back_counts) {
  const auto socket = [](const octets& said, const told& first, const told& second) {
    const auto talk = [&](const told& by) {
      std::vector<turn> turns{{we, upgrade()}, {they, switching()}, {we, said}, {they, by.answer}};
      if (by.how == ending::target_finished) turns.push_back({they_finish});
      return record_of(turns, by.how);
    };
    const record a = talk(first);
    const record b = talk(second);
    const auto parting = compare(interpret(a, "ws.echo"), interpret(b, "ws.echo"));
    if (!parting) return std::string("same");
    const auto why = explained(a, b, *parting);
    return why ? "explained by " + why->ref : parting->words;
  };
  const octets hello = masked(text, "hello");
  EXPECT_EQ(socket(hello, {frame(text, "hello")}, {frame(text, "hello")}), "same");
  EXPECT_EQ(socket(hello, {frame(text, "hello")}, {frame(text, "hullo")}), "message 1 is another");
  EXPECT_EQ(socket(hello, {frame(text, "hello")}, {"", ending::silent}), "messages: 1 and 0");
  EXPECT_EQ(socket(hello, {frame(text, "hello")}, {close_frame(1011), ending::target_finished}),
            "explained by RFC 6455 §7.1.7, §7.2.1");
  const octets pings = masked(ping, "a") + masked(ping, "b");
  EXPECT_EQ(socket(pings, {frame(pong, "a") + frame(pong, "b")}, {frame(pong, "b")}),
            "explained by RFC 6455 §5.5.3");
  EXPECT_EQ(
      socket(pings, {frame(pong, "a") + frame(pong, "b")}, {frame(pong, "b") + frame(pong, "c")}),
      "pong 1 is another");
  const octets bye = masked(close, wire::close_body(1000, ""));
  EXPECT_EQ(socket(bye, {close_frame(1000), ending::target_finished},
                   {close_frame(1001), ending::target_finished}),
            "explained by RFC 6455 §7.4.1, §5.5.1");
  EXPECT_EQ(socket(bye, {close_frame(1000), ending::target_finished},
                   {close_frame(1000), ending::silent}),
            "the connection ended and stayed open");
}

TEST(interpretation, no_connection_is_like_another_without_one) {
  record refused;
  refused.how = ending::refused;
  EXPECT_FALSE(compare(interpret(refused, "http.root"), interpret(refused, "http.root")));
}

}  // namespace
}  // namespace halley::fuzz
