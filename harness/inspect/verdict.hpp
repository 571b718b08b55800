#pragma once

#include "base/bytes.hpp"
#include "capture/flow_sink.hpp"
#include "checks/finding.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halley::inspect {

/// How bad a finding is: a MUST, a SHOULD, or something to look at. What a capture cannot show for
/// sure is never more than `info`.
enum class severity : std::uint8_t { info, should, violation };

/// "violation", "should", "info".
std::string name(severity one);

/// A rule that one side of a connection broke.
struct flow_finding {
  severity weight = severity::violation;
  capture::side by = capture::side::server;
  checks::rule broken;
  std::string expected;
  std::string got;
  std::uint64_t off = 0;  ///< stream offset in the octets of `by`
  std::uint64_t len = 0;
  std::uint64_t frame = 0;        ///< 0 where it is not known any more
  std::chrono::nanoseconds t{0};  ///< when it was seen, since the epoch
  std::uint64_t order = 0;        ///< of the event that shows it
  unsigned depth = 0;             ///< how many CONNECT tunnels are around it
  octets data;                    ///< the first octets it is about, at most 64
};

/// What was not judged, and why: no accusation and no acquittal.
struct omission {
  std::optional<capture::side> of;  ///< nothing: both
  std::uint64_t behind = 0;         ///< stream offset from which on
  std::uint64_t frame = 0;
  std::string reason;
};

/// Octets that were not captured.
struct flow_gap {
  capture::side from = capture::side::server;
  std::uint64_t off = 0;
  std::uint64_t len = 0;
  std::uint64_t frame = 0;
  bool inside_payload = false;  ///< counted off: what comes behind them could be read
};

/// How a connection ended.
struct flow_end {
  bool fin = false;
  bool rst = false;
};

/// What was seen on one connection, its tunnels included.
struct flow_counts {
  std::uint64_t requests = 0;
  std::uint64_t responses = 0;
  std::uint64_t frames = 0;    ///< WebSocket, of both sides
  std::uint64_t messages = 0;  ///< WebSocket, whole ones
  std::uint64_t deflated = 0;  ///< of them compressed
  std::uint64_t sse_events = 0;
  std::uint64_t tunnels = 0;
};

/// One WebSocket Close frame.
struct flow_close {
  capture::side by = capture::side::server;
  std::optional<std::uint16_t> code;
};

/// What the judge says about one connection.
struct flow_verdict {
  capture::flow_opening opening;
  std::string protocol;  ///< "http", "sse", "ws", "tunnel → ws", "tls", "unknown"; empty: silent
  std::string about;     ///< path, server name and the like
  std::chrono::nanoseconds last{0};       ///< when its last packet was seen
  std::array<std::uint64_t, 2> octets{};  ///< of client and server, missing ones included
  std::array<std::uint64_t, 2> missing{};
  std::array<flow_end, 2> ends{};
  std::optional<flow_close> close;  ///< the first
  flow_counts counts;
  std::vector<flow_finding> findings;  ///< by order
  std::vector<omission> not_judged;
  std::vector<flow_gap> gaps;  ///< the first hundred
};

inline std::size_t index_of(capture::side one) {
  return one == capture::side::client ? 0 : 1;
}
inline capture::side other(capture::side one) {
  return one == capture::side::client ? capture::side::server : capture::side::client;
}
/// "client", "server".
std::string name(capture::side one);

}  // namespace halley::inspect
