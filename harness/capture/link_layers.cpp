#include "capture/link_layers.hpp"

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "capture/number_order.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace halley::capture {
namespace {

namespace link_type {
constexpr std::uint16_t null = 0;
constexpr std::uint16_t ethernet = 1;
constexpr std::uint16_t raw_of_bsd = 12;  // DLT_RAW, which some programs write as it is
constexpr std::uint16_t raw_of_openbsd = 14;
constexpr std::uint16_t raw = 101;
constexpr std::uint16_t loop = 108;
constexpr std::uint16_t linux_sll = 113;
constexpr std::uint16_t ipv4 = 228;
constexpr std::uint16_t ipv6 = 229;
constexpr std::uint16_t linux_sll2 = 276;
}  // namespace link_type

constexpr std::uint16_t ether_ipv4 = 0x0800;
constexpr std::uint16_t ether_ipv6 = 0x86DD;
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::size_t ipv4_octets = 20;  // without options
constexpr std::size_t ipv6_octets = 40;
constexpr std::size_t tcp_octets = 20;  // without options

/// The front of a packet that is still to be read.
struct rest {
  octet_view data;
  std::uint64_t wire_length = 0;  ///< never less than data.size()

  bool skip(std::size_t size) {
    if (size > data.size()) return false;
    data.remove_prefix(size);
    wire_length -= size;
    return true;
  }
  /// What lies behind `size` octets is no part of it.
  void end_at(std::uint64_t size) {
    wire_length = std::min(wire_length, size);
    data = data.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(size, data.size())));
  }
};

std::uint16_t at16(octet_view data, std::size_t at) {
  return load_big<std::uint16_t>(data.data() + at);
}

packet_content find_in_tcp(rest packet, tcp_segment& out) {
  if (packet.wire_length < tcp_octets) return packet_content::broken;
  if (packet.data.size() < tcp_octets) return packet_content::cut;
  const octet_view header = packet.data;
  const std::size_t header_size = (octet_at(header, 12) >> 4U) * std::size_t{4};
  if (header_size < tcp_octets || header_size > packet.wire_length) return packet_content::broken;
  out.from.port = at16(header, 0);
  out.to.port = at16(header, 2);
  out.seq = load_big<std::uint32_t>(header.data() + 4);
  out.ack = load_big<std::uint32_t>(header.data() + 8);
  out.flags = octet_at(header, 13);
  out.length = static_cast<std::uint32_t>(packet.wire_length - header_size);
  out.data = header.substr(std::min(header_size, header.size()));
  return packet_content::tcp;
}

void set_ipv4(host_port& to, const char* address) {
  constexpr std::array<std::uint8_t, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  std::memcpy(to.address.data(), mapped.data(), mapped.size());
  std::memcpy(to.address.data() + mapped.size(), address, 4);
}

packet_content find_in_ipv4(rest packet, tcp_segment& out) {
  if (packet.data.size() < ipv4_octets) return packet_content::other;
  const char* const header = packet.data.data();
  const std::size_t header_size = (octet_at(packet.data, 0) & 0x0FU) * std::size_t{4};
  if (octet_at(packet.data, 0) >> 4U != 4 || octet_at(packet.data, 9) != protocol_tcp)
    return packet_content::other;
  // More-fragments, or an offset.
  if ((at16(packet.data, 6) & 0x3FFFU) != 0) return packet_content::fragment;
  const std::size_t total = at16(packet.data, 2);
  // 0: the network card cuts this one into segments, and fills in their lengths.
  if (total != 0) {
    if (total < header_size || total > packet.wire_length) return packet_content::broken;
    packet.end_at(total);
  }
  if (header_size < ipv4_octets) return packet_content::broken;
  set_ipv4(out.from, header + 12);
  set_ipv4(out.to, header + 16);
  return packet.skip(header_size) ? find_in_tcp(packet, out) : packet_content::cut;
}

packet_content find_in_ipv6(rest packet, tcp_segment& out) {
  constexpr std::uint8_t hop_by_hop = 0;
  constexpr std::uint8_t routing = 43;
  constexpr std::uint8_t fragment = 44;
  constexpr std::uint8_t destination = 60;
  if (packet.data.size() < ipv6_octets || octet_at(packet.data, 0) >> 4U != 6)
    return packet_content::other;
  const std::size_t payload = at16(packet.data, 4);
  std::uint8_t next = octet_at(packet.data, 6);
  const auto segment_is = [&](packet_content what) {
    return next == protocol_tcp ? what : packet_content::other;
  };
  if (payload != 0) {
    if (payload + ipv6_octets > packet.wire_length) return segment_is(packet_content::broken);
    packet.end_at(payload + ipv6_octets);
  }
  std::memcpy(out.from.address.data(), packet.data.data() + 8, 16);
  std::memcpy(out.to.address.data(), packet.data.data() + 24, 16);
  packet.skip(ipv6_octets);
  while (next == hop_by_hop || next == routing || next == destination || next == fragment) {
    if (packet.data.size() < 8) return packet_content::other;
    const std::size_t size = next == fragment ? 8 : (octet_at(packet.data, 1) + std::size_t{1}) * 8;
    // A fragment that is the only one is whole. Source: RFC 8200 §4.5, RFC 6946.
    if (next == fragment && (at16(packet.data, 2) & 0xFFF9U) != 0) return packet_content::fragment;
    next = octet_at(packet.data, 0);
    if (!packet.skip(size)) return segment_is(packet_content::cut);
  }
  return next == protocol_tcp ? find_in_tcp(packet, out) : packet_content::other;
}

packet_content find_in_ip(const rest& packet, tcp_segment& out) {
  if (packet.data.empty()) return packet_content::other;
  return octet_at(packet.data, 0) >> 4U == 6 ? find_in_ipv6(packet, out)
                                             : find_in_ipv4(packet, out);
}

/// Behind the addresses of Ethernet, or of what looks like it: VLAN tags and the kind of content.
packet_content find_in_ether(rest packet, std::uint16_t type, tcp_segment& out) {
  constexpr std::array<std::uint16_t, 4> tags = {0x8100, 0x88A8, 0x9100, 0x9200};
  while (std::ranges::find(tags, type) != tags.end()) {
    if (packet.data.size() < 4) return packet_content::other;
    type = at16(packet.data, 2);
    packet.skip(4);
  }
  if (type == ether_ipv4) return find_in_ipv4(packet, out);
  if (type == ether_ipv6) return find_in_ipv6(packet, out);
  return packet_content::other;
}

packet_content find_behind(rest packet,
                           std::size_t header_size,
                           std::size_t type_at,
                           tcp_segment& out) {
  if (packet.data.size() < header_size) return packet_content::other;
  const std::uint16_t type = at16(packet.data, type_at);
  packet.skip(header_size);
  return find_in_ether(packet, type, out);
}

/// The address family, in the byte order of the machine that captured; IPv6 has many numbers.
packet_content find_in_loop(rest packet, tcp_segment& out) {
  constexpr std::array<std::uint32_t, 5> families = {2, 10, 24, 28, 30};
  if (packet.data.size() < 4) return packet_content::other;
  const auto family = load<std::uint32_t>(packet.data, false);
  packet.skip(4);
  const bool known = std::ranges::find(families, family) != families.end() ||
                     std::ranges::find(families, swapped(family)) != families.end();
  return known ? find_in_ip(packet, out) : packet_content::other;
}

constexpr std::size_t usual_ip_at = 14;
constexpr std::size_t usual_tcp_at = usual_ip_at + ipv4_octets;

/// What nearly all packets of nearly all captures are: whole, Ethernet, IPv4 and TCP, no options.
bool is_usual(octet_view packet) {
  if (packet.size() < usual_tcp_at + tcp_octets) return false;
  const octet_view ip = packet.substr(usual_ip_at);
  const std::size_t total = at16(ip, 2);
  const std::size_t header_size = (octet_at(packet, usual_tcp_at + 12) >> 4U) * std::size_t{4};
  return at16(packet, 12) == ether_ipv4 && octet_at(ip, 0) == 0x45 &&
         octet_at(ip, 9) == protocol_tcp && (at16(ip, 6) & 0x3FFFU) == 0 && total <= ip.size() &&
         header_size >= tcp_octets && ipv4_octets + header_size <= total;
}

packet_content find_in_usual(octet_view packet, tcp_segment& out) {
  const char* const tcp = packet.data() + usual_tcp_at;
  const std::size_t total = at16(packet, usual_ip_at + 2);
  const std::size_t header_size = (octet_at(packet, usual_tcp_at + 12) >> 4U) * std::size_t{4};
  set_ipv4(out.from, tcp - 8);
  set_ipv4(out.to, tcp - 4);
  out.from.port = load_big<std::uint16_t>(tcp);
  out.to.port = load_big<std::uint16_t>(tcp + 2);
  out.seq = load_big<std::uint32_t>(tcp + 4);
  out.ack = load_big<std::uint32_t>(tcp + 8);
  out.flags = octet_at(packet, usual_tcp_at + 13);
  const std::size_t size = total - ipv4_octets - header_size;
  out.length = static_cast<std::uint32_t>(size);
  out.data = {tcp + header_size, size};
  return packet_content::tcp;
}

}  // namespace

bool knows_link(std::uint16_t link) {
  constexpr std::array known = {
      link_type::null, link_type::ethernet,   link_type::raw_of_bsd, link_type::raw_of_openbsd,
      link_type::raw,  link_type::loop,       link_type::linux_sll,  link_type::ipv4,
      link_type::ipv6, link_type::linux_sll2,
  };
  return std::ranges::find(known, link) != known.end();
}

packet_content find_segment(std::uint16_t link,
                            octet_view packet,
                            std::uint32_t wire_length,
                            tcp_segment& out) {
  if (link == link_type::ethernet && is_usual(packet)) return find_in_usual(packet, out);
  const rest whole{.data = packet,
                   .wire_length = std::max<std::uint64_t>(wire_length, packet.size())};
  switch (link) {
    case link_type::ethernet:
      return find_behind(whole, 14, 12, out);
    case link_type::linux_sll:
      return find_behind(whole, 16, 14, out);
    case link_type::linux_sll2:
      return find_behind(whole, 20, 0, out);
    case link_type::null:
    case link_type::loop:
      return find_in_loop(whole, out);
    case link_type::raw:
    case link_type::raw_of_bsd:
    case link_type::raw_of_openbsd:
    case link_type::ipv4:
    case link_type::ipv6:
      return find_in_ip(whole, out);
    default:
      return packet_content::other;
  }
}

}  // namespace halley::capture
