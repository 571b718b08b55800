#include "capture/link_layers.hpp"

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "capture/flow_sink.hpp"
#include "capture/tcp_frame.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace halley::capture {
namespace {

octets hex(octet_view text) {
  return *from_hex(text);
}

/// Ethernet, IPv4 and TCP in front of "hello".
octets ethernet() {
  return encode({.from = {.address = 0x0A000001, .port = 40000},
                 .to = {.address = 0x0A000002, .port = 80},
                 .seq = 7,
                 .ack = 9,
                 .flags = tcp_ack_flag,
                 .data = "hello"},
                true);
}
octets ipv4() {
  return ethernet().substr(14);
}
octets tcp() {
  return ipv4().substr(20);
}

/// `extensions`: the headers behind the fixed one; `next` what its next-header field says.
octets ipv6(octet_view extensions = "", char next = 6) {
  const octets payload = octets(extensions) + tcp();
  octets packet = hex("60000000");
  packet += '\0';
  packet += static_cast<char>(payload.size());
  packet += next;
  packet += '\x40';
  packet += hex("20010db8000000000000000000000001 20010db8000000000000000000000002");
  return packet + payload;
}

TEST(link_layers, a_segment_is_found_behind_each_link_layer) {
  const octets macs = hex("020000000002 020000000001");
  const octets eight = hex("0600000000000000");  // next header: TCP
  struct row {
    std::string name;
    std::uint16_t link;
    octets packet;
    std::string from;
  };
  const std::string v4 = "10.0.0.1:40000";
  const std::string v6 = "[2001:db8::1]:40000";
  const std::vector<row> rows = {
      {"Ethernet", 1, ethernet(), v4},
      {"padding", 1, ethernet() + octets(9, '\0'), v4},
      {"Ethernet, IPv6", 1, macs + hex("86dd") + ipv6(), v6},
      {"802.1Q", 1, macs + hex("8100 0005 0800") + ipv4(), v4},
      {"QinQ", 1, macs + hex("88a8 0005 8100 0006 86dd") + ipv6(), v6},
      {"raw", 101, ipv4(), v4},
      {"raw, IPv6", 101, ipv6(), v6},
      {"DLT_RAW", 12, ipv4(), v4},
      {"IPv4", 228, ipv4(), v4},
      {"IPv6", 229, ipv6(), v6},
      {"NULL, little-endian", 0, hex("02000000") + ipv4(), v4},
      {"NULL, big-endian", 0, hex("00000002") + ipv4(), v4},
      {"NULL, IPv6 of Darwin", 0, hex("1e000000") + ipv6(), v6},
      {"LOOP", 108, hex("00000018") + ipv6(), v6},
      {"SLL", 113, hex("0004 0001 0006 0200000000010000 0800") + ipv4(), v4},
      {"SLL, VLAN", 113, hex("0004 0001 0006 0200000000010000 8100 0005 86dd") + ipv6(), v6},
      {"SLL2", 276, hex("86dd 0000 00000001 0001 00 06 0200000000010000") + ipv6(), v6},
      {"hop-by-hop", 101, ipv6(eight, '\0'), v6},
      {"routing, destination", 101, ipv6(hex("3c00000000000000") + eight, 43), v6},
      {"a fragment that is the only one", 101, ipv6(eight, 44), v6},
  };
  for (const row& one : rows) {
    tcp_segment got;
    const auto size = static_cast<std::uint32_t>(one.packet.size());
    ASSERT_EQ(find_segment(one.link, one.packet, size, got), packet_content::tcp) << one.name;
    EXPECT_EQ(to_string(got.from), one.from) << one.name;
    EXPECT_EQ(got.to.port, 80) << one.name;
    EXPECT_EQ(got.seq, 7) << one.name;
    EXPECT_EQ(got.ack, 9) << one.name;
    EXPECT_EQ(got.flags, tcp_ack_flag) << one.name;
    EXPECT_EQ(got.data, "hello") << one.name;
    EXPECT_EQ(got.length, 5) << one.name;
    EXPECT_TRUE(knows_link(one.link)) << one.name;
    // A heap buffer of exactly each size: a sanitizer sees an over-read by one octet.
    for (std::size_t cut = 0; cut < one.packet.size(); ++cut) {
      const std::vector<char> exact(one.packet.begin(),
                                    one.packet.begin() + static_cast<std::ptrdiff_t>(cut));
      tcp_segment part;
      const auto what = find_segment(one.link, octet_view(exact.data(), cut), size, part);
      if (what != packet_content::tcp) continue;
      EXPECT_EQ(part.length, 5) << one.name;
      EXPECT_TRUE(octet_view("hello").starts_with(part.data)) << one.name;
    }
  }
}

TEST(link_layers, what_the_capture_cut_off_is_still_counted) {
  const octets packet = ethernet();
  tcp_segment got;
  const auto size = static_cast<std::uint32_t>(packet.size());
  const octet_view cut = octet_view(packet).substr(0, packet.size() - 3);
  ASSERT_EQ(find_segment(1, cut, size, got), packet_content::tcp);
  EXPECT_EQ(got.data, "he");
  EXPECT_EQ(got.length, 5);
  ASSERT_EQ(find_segment(1, octet_view(packet).substr(0, 54), size, got), packet_content::tcp);
  EXPECT_EQ(got.data, "");
  EXPECT_EQ(got.length, 5);
  EXPECT_EQ(find_segment(1, octet_view(packet).substr(0, 53), size, got), packet_content::cut);
}

TEST(link_layers, a_length_of_0_that_the_card_fills_in_means_all_of_the_packet) {
  octets packet = ethernet();
  packet[16] = packet[17] = '\0';
  tcp_segment got;
  ASSERT_EQ(find_segment(1, packet, static_cast<std::uint32_t>(packet.size()), got),
            packet_content::tcp);
  EXPECT_EQ(got.data, "hello");
}

TEST(link_layers, what_is_no_segment_is_told_apart) {
  const auto changed = [](octets packet, std::size_t at, octet_view with) {
    return packet.replace(at, with.size(), with);
  };
  struct row {
    std::string name;
    std::uint16_t link;
    octets packet;
    packet_content what;
  };
  const octets fragment_header = hex("0600 0008 00000001");
  const std::vector<row> rows = {
      {"ARP", 1, changed(ethernet(), 12, hex("0806")), packet_content::other},
      {"UDP", 1, changed(ethernet(), 14 + 9, "\x11"), packet_content::other},
      {"version 5", 1, changed(ethernet(), 14, "\x55"), packet_content::other},
      {"first fragment", 1, changed(ethernet(), 14 + 6, hex("2000")), packet_content::fragment},
      {"later fragment", 1, changed(ethernet(), 14 + 6, hex("0001")), packet_content::fragment},
      {"IPv6 fragment", 101, ipv6(fragment_header, 44), packet_content::fragment},
      {"UDP over IPv6", 101, ipv6("", 17), packet_content::other},
      {"header longer than the packet", 101, changed(ipv4(), 20 + 12, "\xF0"),
       packet_content::broken},
      {"header shorter than the least", 101, changed(ipv4(), 20 + 12, "\x40"),
       packet_content::broken},
      {"IPv4 header too short", 101, changed(ipv4(), 0, "\x44"), packet_content::broken},
      {"total length below the header", 101, changed(ipv4(), 2, hex("0003")),
       packet_content::broken},
      {"total length above the packet", 101, changed(ipv4(), 2, hex("7fff")),
       packet_content::broken},
      {"unknown family", 0, hex("00000009") + ipv4(), packet_content::other},
      {"unknown link", 147, ethernet(), packet_content::other},
      {"nothing", 101, "", packet_content::other},
  };
  for (const row& one : rows) {
    tcp_segment got;
    EXPECT_EQ(
        find_segment(one.link, one.packet, static_cast<std::uint32_t>(one.packet.size()), got),
        one.what)
        << one.name;
  }
  EXPECT_FALSE(knows_link(147));
}

}  // namespace
}  // namespace halley::capture
