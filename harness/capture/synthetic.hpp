#pragma once

#include "capture/pcapng.hpp"
#include "trace/event.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace halley::capture {

/// The frames in which one instance's octets lie.
struct frame_range {
  std::uint64_t first = 0;  ///< 0 = none
  std::uint64_t last = 0;
};

/// Where in the capture an octet went: (conn, direction, first offset behind this packet's data) →
/// frame number.
struct frame_index {
  std::map<std::pair<std::string, trace::direction>,
           std::vector<std::pair<std::uint64_t, std::uint64_t>>>
      frames;
  /// The frame that carries the octet at `off`, or 0.
  std::uint64_t find(const std::string& conn, trace::direction dir, std::uint64_t off) const;
};

/// Remarks to put on packets: the packet that carries offset `off` of `dir` of `conn` gets `text`.
struct remark {
  std::string conn;
  trace::direction dir = trace::direction::in;
  std::uint64_t off = 0;
  std::string text;
};

/// Forges Ethernet/IPv4/TCP for the connections in `events` (one instance; conn_open, wire_octets,
/// tcp_fin, tcp_rst): SYN with MSS and window scale, sequence numbers, PSH, FIN, RST, right
/// checksums, and appends them on an interface named after the instance. `port_of` numbers
/// connections so that 4-tuples never repeat within a file; ports that tshark's dissectors claim
/// are avoided on both sides: the server side is 80 (8080 … for further listeners), the client side
/// is counted up. `run_start`: wall-clock time of t = 0.
frame_range write_synthetic(pcapng_writer& to,
                            const std::string& instance,
                            const std::vector<trace::event>& events,
                            const std::vector<remark>& remarks,
                            std::chrono::nanoseconds run_start,
                            frame_index* index);

}  // namespace halley::capture
