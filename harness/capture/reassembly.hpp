#pragma once

#include "base/bytes.hpp"
#include "capture/pcapng_reader.hpp"
#include "capture/tcp_frame.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halley::capture {

/// The octets of one direction, up to the first that is missing.
struct one_way {
  octets data;
  bool fin = false;   ///< reached: nothing is missing before it
  bool rst = false;   ///< one was sent this way
  bool hole = false;  ///< octets behind `data` were captured, but not the next one
};

/// One TCP connection: one handshake between two ports.
struct flow {
  std::uint32_t interface = 0;
  ip_endpoint client;  ///< who sent SYN; without one, who sent first
  ip_endpoint server;
  std::optional<bool> halley_is_client;  ///< as the packets' direction flags say
  std::string comment;                   ///< of its first packet
  one_way from_client;
  one_way from_server;
};

struct reassembled {
  std::vector<flow> flows;          ///< in the order of their first packets
  std::uint64_t not_tcp = 0;        ///< packets that are no whole TCP segment over IPv4
  std::uint64_t bad_checksums = 0;  ///< taken all the same: captures on the sender's side have them
};

/// How many octets of one direction may wait for a missing one; more are dropped.
inline constexpr std::size_t waiting_octets = std::size_t{16} * 1024 * 1024;

/// Puts the segments of each connection in order. Octets that come twice count once: the first ones
/// win. A new SYN on the ports of an earlier connection begins a new flow.
/// Source: RFC 9293 §3.4, §3.10.7.
reassembled reassemble(const std::vector<captured_packet>& packets);

}  // namespace halley::capture
