#pragma once

#include "base/bytes.hpp"

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

namespace halley::capture {

/// Who of a connection's two ends sent something. The client is who sent the first SYN; where the
/// capture does not show it, who speaks as one, else who sent first.
enum class side : std::uint8_t { client, server };

/// Where in the capture something was seen: frames are counted from 1, as other tools do.
struct moment {
  std::uint64_t frame = 0;
  std::chrono::nanoseconds t{0};  ///< since the epoch
};

/// An address of either family, IPv4 as IPv4-mapped (RFC 4291 §2.5.5.2), and a port.
struct host_port {
  std::array<std::uint8_t, 16> address{};
  std::uint16_t port = 0;

  auto operator<=>(const host_port&) const = default;
};

/// "127.0.0.1:80", "[::1]:80".
std::string to_string(const host_port& where);

/// One TCP connection of a capture: the same two ends again after a new SYN are another one.
struct flow_opening {
  std::uint64_t number = 0;  ///< from 1, in the order of their first frames
  std::uint32_t interface = 0;
  host_port client;
  host_port server;
  bool whole = false;  ///< its SYN was captured: nothing is missing before the first octet
  moment at;
};

/// What takes the octets of one connection, of each side in stream order.
class flow_sink {
public:
  virtual ~flow_sink() = default;

  /// `data` is valid during the call only.
  virtual void data(side from, octet_view data, moment at) = 0;
  /// `length` octets of the stream were not captured; what follows stands behind them.
  virtual void gap(side from, std::uint64_t length, moment at) = 0;
  /// Whoever speaks next has seen `count` octets of `of` that were not given yet: the capture has
  /// swapped packets, and they come later, or become a gap. What follows may be about them.
  virtual void acknowledged(side /*of*/, std::uint64_t /*count*/) {}
  virtual void fin(side from, moment at) = 0;
  virtual void rst(side from, moment at) = 0;
};

}  // namespace halley::capture
