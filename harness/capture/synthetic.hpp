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
/// frame number. The end of a direction (FIN or RST) counts as one octet behind its last one.
struct frame_index {
  std::map<std::pair<std::string, trace::direction>,
           std::vector<std::pair<std::uint64_t, std::uint64_t>>>
      frames;
  /// The frame that carries the octet at `off`, or 0.
  std::uint64_t find(const std::string& conn, trace::direction dir, std::uint64_t off) const;
};

/// Remarks to put on packets: the packet that carries offset `off` of `dir` of `conn` gets `text`,
/// or its FIN or RST where `off` lies behind the last octet.
struct remark {
  std::string conn;
  trace::direction dir = trace::direction::in;
  std::uint64_t off = 0;
  std::string text;
};

/// Forges Ethernet/IPv4/TCP for connections, so that a capture needs no privilege: SYN with MSS and
/// window scale, sequence numbers, PSH, FIN, RST, right checksums. Each write keeps its borders.
/// 4-tuples never repeat within a file: connections are numbered over all instances. Addresses are
/// the real ones where they are IPv4; ports are made up, because tshark's dissectors claim ports on
/// both sides: the server side is 80 (8080 … for further listeners of the instance), the client
/// side is counted up. A comment on the SYN says the real ones.
class synthetic_capture {
public:
  /// `run_start`: wall-clock time of t = 0. Lifetime: `to` must outlive this.
  synthetic_capture(pcapng_writer& to, std::chrono::nanoseconds run_start)
      : to_(to), run_start_(run_start) {}

  /// Appends the octets, FIN and RST in `events` (one instance, in order; other events are passed
  /// over) on an interface named after the instance, and flushes.
  /// Returns: the frames written. `index`, where not null, is filled in.
  frame_range write(const std::string& instance,
                    const std::vector<trace::event>& events,
                    const std::vector<remark>& remarks = {},
                    frame_index* index = nullptr);

private:
  pcapng_writer& to_;
  std::chrono::nanoseconds run_start_;
  std::uint32_t connections_ = 0;
};

}  // namespace halley::capture
