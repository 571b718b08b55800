#include "trace/event.hpp"

#include "wire/event_stream.hpp"
#include "wire/http_decoder.hpp"
#include "wire/http_message.hpp"
#include "wire/websocket_decoder.hpp"
#include "wire/websocket_frame.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace halley::trace {
namespace {

TEST(event, every_kind_has_its_own_name) {
  const std::vector<std::pair<std::string, decltype(event::what)>> kinds = {
      {"app.begin", note{.name = "app.begin", .fields = {}}},
      {"conn.open", conn_open{}},
      {"wire.in", wire_octets{}},
      {"tcp.fin", tcp_fin{}},
      {"tcp.rst", tcp_rst{}},
      {"tcp.error", tcp_error{}},
      {"tunnel.open", tunnel_open{}},
      {"wire.fault", wire_fault{}},
      {"http.request", wire::request_head{}},
      {"http.response", wire::response_head{}},
      {"http.chunk", wire::chunk_header{}},
      {"http.body", wire::body_piece{}},
      {"http.trailer", wire::trailer_section{}},
      {"http.end", wire::message_end{}},
      {"ws.frame", wire::websocket_frame{}},
      {"ws.message", wire::websocket_message{}},
      {"ws.close", wire::websocket_close{}},
      {"sse.event", wire::sse_event{}},
      {"sse.comment", wire::sse_comment{}},
      {"sse.retry", wire::sse_retry{}},
  };
  std::set<std::size_t> seen;
  for (const auto& [name, what] : kinds) {
    event one;
    one.dir = direction::in;
    one.what = what;
    EXPECT_EQ(name_of(one), name);
    seen.insert(what.index());
  }
  EXPECT_EQ(seen.size(), std::variant_size_v<decltype(event::what)>) << "a kind has no line above";
}

TEST(event, octets_are_named_by_their_direction) {
  event one;
  one.what = wire_octets{"x"};
  one.dir = direction::out;
  EXPECT_EQ(name_of(one), "wire.out");
  one.dir = direction::in;
  EXPECT_EQ(name_of(one), "wire.in");
}

}  // namespace
}  // namespace halley::trace
