#include "base/bytes.hpp"
#include "fuzz/grammars/grammar.hpp"
#include "fuzz/live/exchange.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <utility>

namespace halley::fuzz {
namespace {

const place old_place = {.contract = "ws.echo", .authority = "127.0.0.1:80", .path = "/old"};
const place new_place = {.contract = "ws.echo", .authority = "127.0.0.1:9001", .path = "/new/echo"};
const place place_with_query = {.contract = "ws.echo", .authority = "a.test", .path = "/?q=1"};

exchange written(octets data) {
  exchange made{.at = old_place, .acts = {}, .deviations = {}};
  made.acts.push_back({.what = act::kind::write, .data = std::move(data)});
  return made;
}

octets moved(const octets& data, const place& to) {
  const exchange there = moved_to(written(data), to);
  EXPECT_EQ(there.at, to);
  return sent_by(there);
}

TEST(moved_to, replaces_path_and_authority_in_heads) {
  EXPECT_EQ(moved("GET /old HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n", new_place),
            "GET /new/echo HTTP/1.1\r\nHost: 127.0.0.1:9001\r\n\r\n");
  EXPECT_EQ(moved("GET http://127.0.0.1:80/old HTTP/1.1\r\nOrigin: http://127.0.0.1:80\r\n\r\n",
                  new_place),
            "GET http://127.0.0.1:9001/new/echo HTTP/1.1\r\nOrigin: http://127.0.0.1:9001\r\n\r\n");
}

TEST(moved_to, leaves_bodies_and_other_names_alone) {
  EXPECT_EQ(
      moved("POST /older HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n/old 127.0.0.1:80", new_place),
      "POST /older HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n/old 127.0.0.1:80");
}

TEST(moved_to, keeps_one_query) {
  EXPECT_EQ(moved("GET /old?a=1 HTTP/1.1\r\n\r\n", place_with_query),
            "GET /?q=1&a=1 HTTP/1.1\r\n\r\n");
  const exchange there = moved_to(written("GET /old?a=1 HTTP/1.1\r\n\r\n"), place_with_query);
  EXPECT_EQ(sent_by(moved_to(there, new_place)), "GET /new/echo?a=1 HTTP/1.1\r\n\r\n");
}

TEST(moved_to, finds_heads_that_lie_in_many_writes) {
  const octets head = "GET /old HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\nGET /old HTTP/1.1\r\n\r\n";
  const octets whole = moved(head, new_place);
  for (std::size_t cut = 1; cut < head.size(); ++cut) {
    exchange parts = written(head.substr(0, cut));
    parts.acts.push_back({.what = act::kind::answer, .data = {}});
    parts.acts.push_back({.what = act::kind::write, .data = head.substr(cut)});
    EXPECT_EQ(sent_by(moved_to(parts, new_place)), whole) << cut;
  }
  exchange octet_by_octet = written("");
  octet_by_octet.acts.clear();
  for (const char c : head)
    octet_by_octet.acts.push_back({.what = act::kind::write, .data = octets(1, c)});
  EXPECT_EQ(sent_by(moved_to(octet_by_octet, new_place)), whole);
}

TEST(moved_to, changes_nothing_in_the_same_place) {
  const exchange here = written("GET /old HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n");
  EXPECT_EQ(moved_to(here, old_place), here);
}

}  // namespace
}  // namespace halley::fuzz
