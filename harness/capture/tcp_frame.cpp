#include "capture/tcp_frame.hpp"

#include "base/bytes.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace halley::capture {
namespace {

constexpr std::size_t ethernet_octets = 14;
constexpr std::size_t ip_octets = 20;   // without options
constexpr std::size_t tcp_octets = 20;  // without options
constexpr std::uint16_t ether_type_ipv4 = 0x0800;
constexpr std::uint8_t protocol_tcp = 6;

// Locally administered addresses, which no card has.
constexpr octet_view halley_mac{"\x02\x00\x00\x00\x00\x01", 6};
constexpr octet_view target_mac{"\x02\x00\x00\x00\x00\x02", 6};

void put16(octets& to, std::size_t number) {
  to += static_cast<char>((number >> 8U) & 0xFFU);
  to += static_cast<char>(number & 0xFFU);
}

void put32(octets& to, std::uint32_t number) {
  put16(to, number >> 16U);
  put16(to, number & 0xFFFFU);
}

std::uint16_t get16(octet_view from, std::size_t at) {
  return static_cast<std::uint16_t>(octet_at(from, at) << 8U | octet_at(from, at + 1));
}

std::uint32_t get32(octet_view from, std::size_t at) {
  return std::uint32_t{get16(from, at)} << 16U | get16(from, at + 2);
}

/// The sum of 16-bit words that the checksum is made of. Source: RFC 1071 §1.
std::uint64_t word_sum(octet_view data) {
  std::uint64_t sum = 0;
  std::size_t i = 0;
  for (; i + 1 < data.size(); i += 2)
    sum += get16(data, i);
  if (i < data.size()) sum += std::uint64_t{octet_at(data, i)} << 8U;
  return sum;
}

/// 0 over data whose checksum field is right; over data whose field is 0, what belongs there.
std::uint16_t checksum(std::uint64_t sum) {
  while (sum > 0xFFFF)
    sum = (sum & 0xFFFF) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum & 0xFFFF);
}

/// Of the pseudo header, which covers what only the IP header says. Source: RFC 9293 §3.1.
std::uint64_t pseudo_header_sum(std::uint32_t from, std::uint32_t to, std::size_t segment_size) {
  return (from >> 16U) + (from & 0xFFFFU) + (to >> 16U) + (to & 0xFFFFU) + protocol_tcp +
         segment_size;
}

void set16(octets& in, std::size_t at, std::uint16_t number) {
  in[at] = static_cast<char>(number >> 8U);
  in[at + 1] = static_cast<char>(number & 0xFFU);
}

octets ip_header(const tcp_frame& frame, std::size_t segment_size) {
  constexpr std::uint16_t do_not_fragment = 0x4000;  // with it, 0 will do as identification
  octets header;
  put16(header, 0x4500);  // version 4, header of five words
  put16(header, ip_octets + segment_size);
  put16(header, 0);
  put16(header, do_not_fragment);
  put16(header, 64U << 8U | protocol_tcp);
  put16(header, 0);
  put32(header, frame.from.address);
  put32(header, frame.to.address);
  set16(header, 10, checksum(word_sum(header)));
  return header;
}

octets tcp_segment(const tcp_frame& frame) {
  constexpr std::uint16_t window = 65535;
  octets options;
  if (frame.has(tcp_syn_flag)) {
    put16(options, 0x0204);  // maximum segment size, four octets
    put16(options, segment_octets);
    put32(options, 0x01030307);  // no-operation; window scale, three octets: 2^7
  }
  octets segment;
  segment.reserve(tcp_octets + options.size() + frame.data.size());
  put16(segment, frame.from.port);
  put16(segment, frame.to.port);
  put32(segment, frame.seq);
  put32(segment, frame.ack);
  put16(segment, (tcp_octets + options.size()) / 4 << 12U | frame.flags);
  put16(segment, window);
  put16(segment, 0);
  put16(segment, 0);
  segment += options;
  segment += frame.data;
  const auto pseudo = pseudo_header_sum(frame.from.address, frame.to.address, segment.size());
  set16(segment, 16, checksum(pseudo + word_sum(segment)));
  return segment;
}

}  // namespace

std::string to_string(const ip_endpoint& where) {
  std::string text;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    text += std::to_string((where.address >> shift) & 0xFFU);
    text += shift == 0 ? ':' : '.';
  }
  return text + std::to_string(where.port);
}

octets encode(const tcp_frame& frame, bool from_halley) {
  assert(frame.data.size() <= 65000);
  const octets segment = tcp_segment(frame);
  octets result;
  result.reserve(ethernet_octets + ip_octets + segment.size());
  result += from_halley ? target_mac : halley_mac;
  result += from_halley ? halley_mac : target_mac;
  put16(result, ether_type_ipv4);
  result += ip_header(frame, segment.size());
  result += segment;
  return result;
}

std::optional<tcp_frame> parse(octet_view frame) {
  if (frame.size() < ethernet_octets + ip_octets || get16(frame, 12) != ether_type_ipv4)
    return std::nullopt;
  octet_view packet = frame.substr(ethernet_octets);
  const std::size_t header_size = (octet_at(packet, 0) & 0x0FU) * std::size_t{4};
  const std::size_t total = get16(packet, 2);
  const bool fragment = (get16(packet, 6) & 0x3FFFU) != 0;
  if (octet_at(packet, 0) >> 4U != 4 || octet_at(packet, 9) != protocol_tcp || fragment ||
      header_size < ip_octets || total < header_size + tcp_octets || total > packet.size())
    return std::nullopt;
  packet = packet.substr(0, total);  // behind it: Ethernet's padding of short packets
  const octet_view segment = packet.substr(header_size);
  const std::size_t data_at = (octet_at(segment, 12) >> 4U) * std::size_t{4};
  if (data_at < tcp_octets || data_at > segment.size()) return std::nullopt;
  tcp_frame result;
  result.from = {.address = get32(packet, 12), .port = get16(segment, 0)};
  result.to = {.address = get32(packet, 16), .port = get16(segment, 2)};
  result.seq = get32(segment, 4);
  result.ack = get32(segment, 8);
  result.flags = octet_at(segment, 13);
  result.data = segment.substr(data_at);
  const auto pseudo = pseudo_header_sum(result.from.address, result.to.address, segment.size());
  result.checksums_right = checksum(word_sum(packet.substr(0, header_size))) == 0 &&
                           checksum(pseudo + word_sum(segment)) == 0;
  return result;
}

}  // namespace halley::capture
