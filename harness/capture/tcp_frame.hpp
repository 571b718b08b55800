#pragma once

#include "base/bytes.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace halley::capture {

/// An IPv4 address, most significant octet first, and a port.
struct ip_endpoint {
  std::uint32_t address = 0x7F000001;
  std::uint16_t port = 0;

  auto operator<=>(const ip_endpoint&) const = default;
};

/// "127.0.0.1:80".
std::string to_string(const ip_endpoint& where);

/// Source: RFC 9293 §3.1.
inline constexpr std::uint8_t tcp_fin_flag = 0x01;
inline constexpr std::uint8_t tcp_syn_flag = 0x02;
inline constexpr std::uint8_t tcp_rst_flag = 0x04;
inline constexpr std::uint8_t tcp_psh_flag = 0x08;
inline constexpr std::uint8_t tcp_ack_flag = 0x10;

/// The largest payload of a segment in an Ethernet frame of the usual size.
inline constexpr std::uint16_t segment_octets = 1460;

/// One TCP segment in one IPv4 packet in one Ethernet frame.
struct tcp_frame {
  ip_endpoint from;
  ip_endpoint to;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint8_t flags = 0;
  octet_view data;
  bool checksums_right = true;  ///< what `parse` found; `encode` always writes right ones

  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

/// The frame's octets. A SYN carries the options MSS and window scale. `from_halley` chooses which
/// of the two made-up Ethernet addresses is the sender's. Limits: data of 65,000 octets.
/// Source: RFC 894, RFC 791 §3.1, RFC 9293 §3.1, RFC 7323 §2.2.
octets encode(const tcp_frame& frame, bool from_halley);

/// Reads an Ethernet frame; `data` points into it.
/// Returns: nothing where it is no whole TCP segment in an unfragmented IPv4 packet.
std::optional<tcp_frame> parse(octet_view frame);

}  // namespace halley::capture
