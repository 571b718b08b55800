#include "reference-server/forward_head.hpp"

#include "base/bytes.hpp"
#include "reference-server/options.hpp"
#include "reference-server/request.hpp"
#include "transport/transport.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::gateway {
namespace {

constexpr std::uint16_t own_port = 8080;

request asked(const octets& head) {
  auto parsed = parse_head(head, options());
  EXPECT_TRUE(std::holds_alternative<request>(parsed)) << head;
  return std::get<request>(std::move(parsed));
}

octets target_of(const octets& line) {
  const auto head = asked(line + " HTTP/1.1\r\nHost: halley\r\n\r\n");
  const auto found = onward_of(head, {"127.0.0.1", own_port}, options());
  if (!found) return "here";
  if (const auto* bad = std::get_if<refusal>(&*found)) return std::to_string(bad->status);
  const auto& to = std::get<onward>(*found);
  return transport::to_string(to.where) + " " + to.authority + " " + to.target;
}

TEST(forward_head, only_loopback_ports_of_others_are_forwarded_to) {
  struct row {
    octets line;
    octets to;
  };
  const std::vector<row> rows = {
      {"GET /", "here"},
      {"GET /to/9001/a?b", "127.0.0.1:9001 127.0.0.1:9001 /a?b"},
      {"GET /to/9001", "127.0.0.1:9001 127.0.0.1:9001 /"},
      {"GET /to/0/", "404"},
      {"GET /to/65536/", "404"},
      {"GET /to/x/", "404"},
      {"GET http://127.0.0.1:9001/a%41?", "127.0.0.1:9001 127.0.0.1:9001 /a%41?"},
      {"GET http://127.0.0.1:9001", "127.0.0.1:9001 127.0.0.1:9001 /"},
      {"GET http://127.0.0.1:9001?q", "127.0.0.1:9001 127.0.0.1:9001 /?q"},
      {"OPTIONS http://127.0.0.1:9001", "127.0.0.1:9001 127.0.0.1:9001 *"},
      {"GET http://localhost:9001/", "127.0.0.1:9001 localhost:9001 /"},
      {"GET http://[::1]:9001/", "[::1]:9001 [::1]:9001 /"},
      {"GET http://127.0.0.1:8080/", "here"},
      {"GET http://example.invalid/", "here"},
      {"GET http://192.0.2.1/", "403"},
      {"OPTIONS *", "here"},
  };
  for (const auto& one : rows)
    EXPECT_EQ(target_of(one.line), one.to) << one.line;
}

TEST(forward_head, what_concerns_one_connection_ends_here) {
  const auto head = asked(
      "POST http://127.0.0.1:9001/a HTTP/1.0\r\nHost: other\r\nX-Hop: 1\r\n"
      "Connection: x-hop, close\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\n"
      "Proxy-Authorization: Basic eA==\r\nContent-Length: 3\r\nX: kept\r\nVia: 1.0 fred\r\n\r\n");
  const onward to{{"127.0.0.1", 9001}, "127.0.0.1:9001", "/a"};
  EXPECT_EQ(onward_head(head, to, "me", options()),
            "POST /a HTTP/1.1\r\nHost: 127.0.0.1:9001\r\nX: kept\r\nVia: 1.0 fred\r\n"
            "Content-Length: 3\r\nVia: 1.0 me\r\nConnection: close\r\n\r\n");
}

TEST(forward_head, a_loop_is_seen_in_via) {
  for (const char* via : {"1.1 me", "HTTP/1.1 me (x)", "1.0 fred, 1.1 me", "1.1\tx, 1.1  me"})
    EXPECT_TRUE(
        went_through(asked(octets("GET / HTTP/1.1\r\nHost: a\r\nVia: ") + via + "\r\n\r\n"), "me"))
        << via;
  for (const char* via : {"1.1 you", "me", "1.1 me-too", ""})
    EXPECT_FALSE(
        went_through(asked(octets("GET / HTTP/1.1\r\nHost: a\r\nVia: ") + via + "\r\n\r\n"), "me"))
        << via;
}

TEST(forward_head, an_answer_that_can_be_read_in_two_ways_is_none) {
  const octets begin = "HTTP/1.1 200 OK\r\n";
  for (const char* fields : {
           "Content-Length: 1\r\nContent-Length: 2\r\n",
           "Content-Length: 1, 2\r\n",
           "Content-Length: +1\r\n",
           "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "X: a\r\n b\r\n",
           "X: a\rb\r\n",
           "X\r\n",
       })
    EXPECT_TRUE(
        std::holds_alternative<octets>(read_answer(begin + fields + "\r\n", "GET", options())))
        << fields;
  EXPECT_TRUE(std::holds_alternative<octets>(
      read_answer("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "GET", options())));
  EXPECT_TRUE(std::holds_alternative<octets>(read_answer("hello\r\n\r\n", "GET", options())));
}

TEST(forward_head, an_answer_is_framed_anew) {
  struct row {
    octets method;
    octets head;
    answer_framing framed;
    octets passed;
  };
  const std::vector<row> rows = {
      {"GET",
       "HTTP/1.0 200 OK\r\nX : a\r\n\r\n",
       {true, false},
       "HTTP/1.1 200 OK\r\nX: a\r\nTransfer-Encoding: chunked\r\nVia: 1.0 me\r\n\r\n"},
      {"GET",
       "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nConnection: close\r\n\r\n",
       {false, true},
       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nVia: 1.1 me\r\nConnection: close\r\n\r\n"},
      {"HEAD",
       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
       {},
       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nVia: 1.1 me\r\n\r\n"},
      {"GET",
       "HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\n",
       {},
       "HTTP/1.1 204 None\r\nVia: 1.1 me\r\n\r\n"},
      {"GET",
       "HTTP/1.1 101 Go\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n",
       {},
       "HTTP/1.1 101 Go\r\nVia: 1.1 me\r\nUpgrade: a\r\nConnection: Upgrade\r\n\r\n"},
  };
  for (const auto& one : rows) {
    const auto read = read_answer(one.head, one.method, options());
    ASSERT_TRUE(std::holds_alternative<passed_answer>(read)) << one.head;
    EXPECT_EQ(backward_head(std::get<passed_answer>(read), one.framed, "me", options()),
              one.passed);
  }
}

TEST(forward_head, trailers_do_not_frame_or_route) {
  EXPECT_EQ(forwarded_trailers({{"X", "1"}, {"Content-Length", "5"}, {"Host", "a"}, {"TE", "x"}}),
            "X: 1\r\n");
}

}  // namespace
}  // namespace halley::gateway
