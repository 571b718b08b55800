#pragma once

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"

#include <cstdint>

namespace halley::capture {

/// One TCP segment of a captured packet. Checksums are nobody's business here: on the sender's side
/// the network card fills them in after the capture has seen the packet.
struct tcp_segment {
  host_port from;
  host_port to;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint8_t flags = 0;    ///< see tcp_frame.hpp
  std::uint32_t length = 0;  ///< octets of payload on the wire
  octet_view data;           ///< those of them that were captured: all, or the first ones

  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

/// What a packet is to us.
enum class packet_content : std::uint8_t {
  tcp,       ///< a segment, with all of its fixed header
  fragment,  ///< part of an IP packet: not put together
  cut,       ///< IP with TCP, but captured too short to hold the header of the segment
  broken,    ///< IP with TCP whose lengths contradict each other
  other,     ///< another protocol, or a link layer that we do not know
};

/// Reads Ethernet with any VLAN tags, raw IP, NULL, LOOP, Linux SLL and SLL2, with TCP over IPv4 or
/// IPv6 (hop-by-hop, routing and destination options passed over) in it. `link`: its LINKTYPE_
/// number. `wire_length`: of the packet before the capture cut it. Padding behind the IP packet is
/// left out. `out` is set for packet_content::tcp only; its data point into `packet`.
/// Source: IEEE 802.1Q, RFC 791 §3.1, RFC 8200 §3, §4, RFC 9293 §3.1, LINKTYPE_ registry.
packet_content find_segment(std::uint16_t link,
                            octet_view packet,
                            std::uint32_t wire_length,
                            tcp_segment& out);

/// Whether packets of this link layer are read at all.
bool knows_link(std::uint16_t link);

}  // namespace halley::capture
