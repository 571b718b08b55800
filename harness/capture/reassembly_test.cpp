#include "capture/reassembly.hpp"

#include "base/bytes.hpp"
#include "capture/pcapng_reader.hpp"
#include "capture/tcp_frame.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace halley::capture {
namespace {

constexpr ip_endpoint client{.address = 0x7F000001, .port = 40000};
constexpr ip_endpoint server{.address = 0x7F000001, .port = 80};

captured_packet from_client(std::uint32_t seq, std::uint8_t flags, octet_view data = {}) {
  captured_packet packet;
  packet.frame =
      encode({.from = client, .to = server, .seq = seq, .flags = flags, .data = data}, true);
  packet.outbound = true;
  return packet;
}

captured_packet from_server(std::uint32_t seq, std::uint8_t flags, octet_view data = {}) {
  captured_packet packet;
  packet.frame =
      encode({.from = server, .to = client, .seq = seq, .flags = flags, .data = data}, false);
  packet.outbound = false;
  return packet;
}

TEST(reassembly, both_directions_and_their_ends_are_found) {
  const auto result = reassemble(
      {from_client(9, tcp_syn_flag), from_server(99, tcp_syn_flag | tcp_ack_flag),
       from_client(10, tcp_ack_flag, "ab"), from_server(100, tcp_ack_flag, "xyz"),
       from_client(12, tcp_fin_flag | tcp_ack_flag, "c"), from_server(103, tcp_rst_flag)});
  ASSERT_EQ(result.flows.size(), 1);
  const auto& one = result.flows[0];
  EXPECT_EQ(one.client, client);
  EXPECT_EQ(one.server, server);
  EXPECT_EQ(one.halley_is_client, true);
  EXPECT_EQ(one.from_client.data, "abc");
  EXPECT_TRUE(one.from_client.fin);
  EXPECT_FALSE(one.from_client.rst);
  EXPECT_EQ(one.from_server.data, "xyz");
  EXPECT_FALSE(one.from_server.fin);
  EXPECT_TRUE(one.from_server.rst);
}

TEST(reassembly, a_missing_segment_stops_its_direction_and_is_said) {
  const auto result = reassemble(
      {from_client(9, tcp_syn_flag), from_client(10, 0, "ab"), from_client(15, tcp_fin_flag, "f")});
  ASSERT_EQ(result.flows.size(), 1);
  EXPECT_EQ(result.flows[0].from_client.data, "ab");
  EXPECT_TRUE(result.flows[0].from_client.hole);
  EXPECT_FALSE(result.flows[0].from_client.fin);
}

TEST(reassembly, a_new_syn_on_the_same_ports_is_a_new_flow) {
  const auto result = reassemble({from_client(9, tcp_syn_flag), from_client(9, tcp_syn_flag),
                                  from_client(10, 0, "a"), from_client(500, tcp_syn_flag),
                                  from_client(501, 0, "b")});
  ASSERT_EQ(result.flows.size(), 2);
  EXPECT_EQ(result.flows[0].from_client.data, "a");
  EXPECT_EQ(result.flows[1].from_client.data, "b");
}

TEST(reassembly, a_capture_that_begins_late_is_read_from_there) {
  const auto result = reassemble({from_server(7, tcp_syn_flag | tcp_ack_flag),
                                  from_client(1000, tcp_ack_flag, "a"), from_server(8, 0, "b")});
  ASSERT_EQ(result.flows.size(), 1);
  EXPECT_EQ(result.flows[0].client, client);
  EXPECT_EQ(result.flows[0].halley_is_client, true);
  EXPECT_EQ(result.flows[0].from_client.data, "a");
  EXPECT_EQ(result.flows[0].from_server.data, "b");
}

TEST(reassembly, other_packets_and_wrong_checksums_are_counted) {
  auto wrong = from_client(9, 0, "a");
  wrong.frame.back() = 'b';
  const auto result = reassemble({wrong, captured_packet{}});
  EXPECT_EQ(result.not_tcp, 1);
  EXPECT_EQ(result.bad_checksums, 1);
  EXPECT_EQ(result.flows.size(), 1);
}

RC_GTEST_PROP(reassembly, any_order_with_any_repeats_gives_the_same_octets, ()) {
  const auto octets_sent =
      *rc::gen::container<std::string>(rc::gen::inRange('a', static_cast<char>('z' + 1)));
  // Near the top of the number space, so that sequence numbers wrap.
  const std::uint32_t first = 0xFFFFFFF0U + *rc::gen::inRange<std::uint32_t>(0, 16);
  const auto size = octets_sent.size();
  std::vector<captured_packet> segments;
  const auto add = [&](std::size_t begin, std::size_t length) {
    segments.push_back(from_client(first + 1 + static_cast<std::uint32_t>(begin), tcp_ack_flag,
                                   octet_view(octets_sent).substr(begin, length)));
  };
  for (std::size_t at = 0; at < size;) {  // these cover all of it
    const auto length = *rc::gen::inRange<std::size_t>(1, 9);
    add(at, length);
    at += length;
  }
  for (auto more = *rc::gen::inRange(0, 5); more > 0 && size > 0; --more)
    add(*rc::gen::inRange<std::size_t>(0, size), *rc::gen::inRange<std::size_t>(1, 9));
  segments.push_back(from_client(first + 1 + static_cast<std::uint32_t>(size), tcp_fin_flag));
  for (std::size_t i = segments.size(); i > 1; --i)
    std::swap(segments[i - 1], segments[*rc::gen::inRange<std::size_t>(0, i)]);
  segments.insert(segments.begin(), from_client(first, tcp_syn_flag));
  const auto result = reassemble(segments);
  RC_ASSERT(result.flows.size() == 1);
  RC_ASSERT(result.flows[0].from_client.data == octets_sent);
  RC_ASSERT(result.flows[0].from_client.fin);
  RC_ASSERT(!result.flows[0].from_client.hole);
}

}  // namespace
}  // namespace halley::capture
